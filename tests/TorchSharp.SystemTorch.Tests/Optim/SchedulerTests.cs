using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class SchedulerTests
{
    private Parameter x;
    private Parameter y;
    private SGD optimizer;

    [SetUp]
    public void Open()
    {
        (x, y) = (Descent.Variable(), Descent.Variable());
        optimizer = optim.SGD([new SGD.ParamGroup([x], 1.0), new SGD.ParamGroup([y], 0.5)], 1.0);
    }

    [TearDown]
    public void Close()
    {
        optimizer.Dispose();
        x.Dispose();
        y.Dispose();
    }

    private double[][] Rates(optim.lr_scheduler.LRScheduler scheduler, int epochs) => Enumerable.Range(0, epochs).Select(_ =>
    {
        var rates = optimizer.ParamGroups.Select(group => group.LearningRate).ToArray();
        Assert.That(scheduler.get_last_lr(), Is.EqualTo(rates));
        scheduler.step();
        return rates;
    }).ToArray();

    private static double[][] Expected(int epochs, Func<int, double> factor) =>
        Enumerable.Range(0, epochs).Select(epoch => new[] { factor(epoch), factor(epoch) / 2 }).ToArray();

    private static void AreClose(double[][] actual, double[][] expected) =>
        Assert.That(actual.SelectMany(v => v), Is.EqualTo(expected.SelectMany(v => v)).Within(1e-12));

    [Test]
    public void StepsLowerTheRateInStairs() =>
        AreClose(Rates(optim.lr_scheduler.StepLR(optimizer, 3, 0.5), 10), Expected(10, epoch => Math.Pow(0.5, epoch / 3)));

    [Test]
    public void AFunctionSetsTheRate() =>
        AreClose(Rates(optim.lr_scheduler.LambdaLR(optimizer, epoch => 1 / (1.0 + epoch)), 6), Expected(6, epoch => 1 / (1.0 + epoch)));

    [Test]
    public void ACosineLowersTheRateAndRaisesItAgain() =>
        AreClose(
            Rates(optim.lr_scheduler.CosineAnnealingLR(optimizer, 5), 16),
            Expected(16, epoch => (1 + Math.Cos(Math.PI * epoch / 5)) / 2));

    [Test]
    public void ACosineStopsAtItsFloor()
    {
        var rates = Rates(optim.lr_scheduler.CosineAnnealingLR(optimizer, 4, 0.1), 5);
        Assert.That(rates[4], Is.EqualTo(new[] { 0.1, 0.1 }).Within(1e-12));
        Assert.That(rates[2], Is.EqualTo(new[] { 0.55, 0.3 }).Within(1e-12));
    }

    [Test]
    public void AnEpochCanBeNamed()
    {
        var scheduler = optim.lr_scheduler.StepLR(optimizer, 3, 0.5);
        scheduler.step(7);
        Assert.That(optimizer.ParamGroups.First().LearningRate, Is.EqualTo(0.25));
    }
}
