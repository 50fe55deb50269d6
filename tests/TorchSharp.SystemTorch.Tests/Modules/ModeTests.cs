using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Training and evaluation.</summary>
public class ModeTests
{
    private DisposeScope scope;

    [SetUp]
    public void Open() => scope = NewDisposeScope();

    [TearDown]
    public void Close() => scope.Dispose();

    [Test]
    public void TheModeReachesTheWholeTree()
    {
        using var tree = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.Dropout()));
        Assert.That(tree.modules().Append(tree).All(module => module.training));
        tree.eval();
        Assert.That(tree.modules().Append(tree).Any(module => module.training), Is.False);
        tree.train();
        Assert.That(tree.modules().Append(tree).All(module => module.training));
    }

    [Test]
    public void DropoutActsInTrainingOnly()
    {
        manual_seed(3);
        using var layer = nn.Dropout(0.25);
        var x = ones(10_000);
        var y = Samples.Values(layer.call(x));
        Assert.That(y.Count(value => value == 0), Is.EqualTo(2500).Within(250));
        Assert.That(y.Where(value => value != 0), Is.All.EqualTo(4.0 / 3).Within(1e-6));
        layer.eval();
        Samples.AreClose(layer.call(x), x);
    }

    [Test]
    public void BatchNormLearnsItsStatisticsInTraining()
    {
        using var layer = nn.BatchNorm2d(2, momentum: 0.3, dtype: float64);
        var x = Samples.Of(4, 3, 2, 4, 4);
        var (mean, variance) = (x.mean([0, 2, 3]), x.var([0, 2, 3], unbiased: true));
        var spread = x.var([0, 2, 3], unbiased: false);

        var y = layer.call(x);
        Samples.AreClose(y, (x - mean.view(1, 2, 1, 1)) / (spread.view(1, 2, 1, 1) + 1e-5).sqrt(), 1e-10);
        Samples.AreClose(layer.running_mean, mean * 0.3);
        Samples.AreClose(layer.running_var, (variance * 0.3) + 0.7);
        Assert.That(layer.num_batches_tracked.ToDouble(), Is.EqualTo(1));

        layer.eval();
        var z = layer.call(x);
        Samples.AreClose(z, (x - (mean * 0.3).view(1, 2, 1, 1)) / ((variance * 0.3) + 0.7 + 1e-5).sqrt().view(1, 2, 1, 1), 1e-10);
        Samples.AreClose(layer.running_mean, mean * 0.3);
        Assert.That(layer.num_batches_tracked.ToDouble(), Is.EqualTo(1));
    }

    [Test]
    public void BatchNormRefusesOtherDimensions()
    {
        using var planes = nn.BatchNorm2d(2);
        using var signals = nn.BatchNorm1d(2);
        Assert.That(() => planes.call(ones(2, 2, 2)), Throws.Exception);
        Assert.That(() => signals.call(ones(2, 2, 2, 2)), Throws.Exception);
    }

    [Test]
    public void BatchNormWithoutStatisticsUsesTheBatchAlways()
    {
        using var layer = nn.BatchNorm1d(2, track_running_stats: false, affine: false, dtype: float64);
        var x = Samples.Of(4, 5, 2);
        var trained = layer.call(x);
        layer.eval();
        Samples.AreClose(layer.call(x), trained);
        Assert.That(layer.state_dict(), Is.Empty);
    }
}
