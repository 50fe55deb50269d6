using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class ClippingTests
{
    private static Parameter[] WithGradients(params double[][] gradients) => gradients.Select(gradient =>
    {
        var parameter = nn.Parameter(zeros([gradient.Length], float64));
        parameter.grad = tensor(gradient);
        return parameter;
    }).ToArray();

    [TestCase(2.0)]
    [TestCase(1.0)]
    [TestCase(double.PositiveInfinity)]
    public void GradientsAreScaledToTheNorm(double order)
    {
        using var scope = NewDisposeScope();
        var parameters = WithGradients([3, -4], [12]);
        double[] before = [3, -4, 12];
        var norm = double.IsInfinity(order) ? 12 : Math.Pow(before.Sum(v => Math.Pow(Math.Abs(v), order)), 1 / order);
        Assert.That(nn.utils.clip_grad_norm_(parameters, 100, order), Is.EqualTo(norm).Within(1e-12));
        Assert.That(parameters.SelectMany(p => Samples.Values(p.grad)), Is.EqualTo(before), "short enough already");
        nn.utils.clip_grad_norm_(parameters, 2, order);
        Assert.That(
            parameters.SelectMany(p => Samples.Values(p.grad)), Is.EqualTo(before.Select(v => v * 2 / (norm + 1e-6))).Within(1e-12));
    }

    [Test]
    public void GradientsAreClampedByValueAndNoneIsNeeded()
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [.. WithGradients([3, -4, 0.5]), nn.Parameter(zeros(2))];
        nn.utils.clip_grad_value_(parameters, 1);
        Assert.That(Samples.Values(parameters[0].grad), Is.EqualTo(new[] { 1, -1, 0.5 }));
        Assert.That(nn.utils.clip_grad_norm_([parameters[1]], 1), Is.Zero);
    }
}
