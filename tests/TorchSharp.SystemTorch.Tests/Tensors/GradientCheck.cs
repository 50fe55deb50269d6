using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Compares gradients with central finite differences, in Float64.</summary>
internal static class GradientCheck
{
    private const double Step = 1e-5;
    private const double Tolerance = 1e-7;

    internal static void Run(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        foreach (var input in inputs) input.requires_grad = true;
        var output = function(inputs);
        Assert.That(output.requires_grad, "the result must record gradients");

        // Random weights make one number of the output that every element has a part in.
        var weights = TestData.Spread(0.5, 1.5, output.shape);
        (output * weights).sum().backward();
        using (no_grad())
        {
            for (var k = 0; k < inputs.Length; k++)
            {
                Assert.That(inputs[k].grad is not null, $"input {k} has no gradient");
                Compare(() => (function(inputs) * weights).sum().item<double>(), inputs[k], TestData.Doubles(inputs[k].grad), k);
            }
        }
    }

    private static void Compare(Func<double> value, Tensor input, double[] gradient, int number)
    {
        using var flat = input.detach().view(-1);
        for (var j = 0; j < gradient.Length; j++)
        {
            using var scope = NewDisposeScope();
            var data = flat.data<double>();
            var centre = data[j];
            data[j] = centre + Step;
            var above = value();
            data[j] = centre - Step;
            var below = value();
            data[j] = centre;
            var expected = (above - below) / (2 * Step);
            var tolerance = Tolerance * Math.Max(1, Math.Abs(expected));
            Assert.That(gradient[j], Is.EqualTo(expected).Within(tolerance), $"input {number}, element {j}");
        }
    }
}
