using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class InitTests
{
    private DisposeScope scope;

    [SetUp]
    public void Open()
    {
        scope = NewDisposeScope();
        manual_seed(11);
    }

    [TearDown]
    public void Close() => scope.Dispose();

    private static (double mean, double deviation, double largest) Moments(Tensor tensor)
    {
        var values = Samples.Values(tensor);
        var mean = values.Average();
        return (mean, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), values.Max(Math.Abs));
    }

    [Test]
    public void DefaultsAreThoseOfPyTorch()
    {
        using var layer = nn.Conv2d(20, 50, 5);
        var bound = 1 / Math.Sqrt(20 * 25);
        foreach (var parameter in layer.parameters())
        {
            var (_, deviation, largest) = Moments(parameter);
            Assert.That(largest, Is.LessThanOrEqualTo(bound + 1e-6));
            Assert.That(deviation, Is.EqualTo(bound / Math.Sqrt(3)).Within(15).Percent);
        }
    }

    [Test]
    public void FillsKeepTheParameterALeaf()
    {
        using var layer = nn.Linear(40, 30);
        Assert.That(nn.init.CalculateFanInAndFanOut(layer.weight), Is.EqualTo((40L, 30L)));
        Assert.That(Moments(nn.init.zeros_(layer.weight)).largest, Is.Zero);
        Assert.That(Moments(nn.init.ones_(layer.weight)), Is.EqualTo((1.0, 0.0, 1.0)));
        Assert.That(Moments(nn.init.constant_(layer.weight, 2.5)).mean, Is.EqualTo(2.5));
        Assert.That(layer.weight.is_leaf && layer.weight.requires_grad);
    }

    [Test]
    public void DeviationsFollowTheFans()
    {
        var weight = empty(60, 40, 3, 3);
        Check(nn.init.xavier_normal_(weight), Math.Sqrt(2.0 / (900.0)));
        Check(nn.init.xavier_uniform_(weight, 2), 2 * Math.Sqrt(2.0 / 900));
        Check(nn.init.kaiming_normal_(weight, nonlinearity: nn.init.NonlinearityType.ReLU), Math.Sqrt(2.0 / 360));
        Check(nn.init.kaiming_uniform_(weight, Math.Sqrt(5), nn.init.FanInOut.FanOut), Math.Sqrt(1.0 / 3 / 540));
        Check(nn.init.normal_(weight, 0, 0.3), 0.3);
        Check(nn.init.uniform_(weight, -3, 3), Math.Sqrt(3));
        Assert.That(nn.init.calculate_gain(nn.init.NonlinearityType.Tanh), Is.EqualTo(5.0 / 3));

        static void Check(Tensor tensor, double deviation)
        {
            Assert.That(Moments(tensor).deviation, Is.EqualTo(deviation).Within(3).Percent);
            Assert.That(Moments(tensor).mean, Is.EqualTo(0).Within(deviation / 20));
        }
    }
}
