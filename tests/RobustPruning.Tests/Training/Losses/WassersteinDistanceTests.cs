using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class WassersteinDistanceTests
{
    [Test]
    public void ComparesSortedValues([Values(1, 1.5, 2, 3)] double order)
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        double[] first = Draw(random), second = Draw(random);
        var power = first.Order().Zip(second.Order(), (a, b) => Math.Pow(Math.Abs(a - b), order)).Average();
        Assert.That(WassersteinDistance.ToThePower(tensor(first), tensor(second), order).item<double>(), Is.EqualTo(power).Within(1e-12));
        Assert.That(
            WassersteinDistance.Of(tensor(first), tensor(second), order).item<double>(),
            Is.EqualTo(Math.Pow(power, 1 / order)).Within(1e-12));
    }

    [Test]
    public void AShiftIsAsFarAsItMovesAndEveryColumnHasItsOwnDistance([Values(1, 2, 4)] double order)
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var sample = rand(7, 3, dtype: float64);
        var shifted = (sample + tensor(new[] { 0.5, -2, 0 })).index_select(0, tensor(new long[] { 3, 1, 6, 0, 2, 5, 4 }));
        Assert.That(WassersteinDistance.Of(sample, shifted, order).Numbers(), Is.EqualTo(new[] { 0.5, 2, 0 }).Within(1e-9));
    }

    [Test]
    public void ItsGradientEqualsFiniteDifferences([Values(1, 1.5, 2)] double order)
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        double[] first = Draw(random), second = Draw(random);
        var point = tensor(first).requires_grad_(true);
        WassersteinDistance.Of(point, tensor(second), order).backward();
        var expected = FiniteDifference.Gradient(at =>
        {
            using var inner = NewDisposeScope();
            return WassersteinDistance.Of(tensor(at), tensor(second), order).item<double>();
        }, first, 1e-7);
        Assert.That(point.grad!.Numbers(), Is.EqualTo(expected).Within(1e-5));
    }

    [Test]
    public void WhereTheSamplesAreEqualTheGradientIsZero([Values(1, 1.5, 2)] double order)
    {
        using var scope = NewDisposeScope();
        var point = tensor(new[] { 1.0, 3, 2 }).requires_grad_(true);
        var distance = WassersteinDistance.Of(point, tensor(new[] { 3.0, 2, 1 }), order);
        distance.backward();
        Assert.That(distance.item<double>(), Is.Zero);
        Assert.That(point.grad!.Numbers(), Is.All.Zero);
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        Assert.That(
            () => WassersteinDistance.Of(ones(3), ones(4)),
            Throws.ArgumentException.With.Message.Contains("[3]").And.Message.Contains("[4]"));
        Assert.That(() => WassersteinDistance.Of(ones(0), ones(0)), Throws.ArgumentException.With.Message.Contains("[0]"));
        Assert.That(() => WassersteinDistance.Of(tensor(1f), tensor(1f)), Throws.ArgumentException);
        foreach (var order in new[] { 0.9, double.NaN, double.PositiveInfinity })
            Assert.That(
                () => WassersteinDistance.Of(ones(3), ones(3), order),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ActualValue").EqualTo(order));
    }

    private static double[] Draw(Random random) => [.. Enumerable.Range(0, 9).Select(_ => random.NextDouble() * 5)];
}
