using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class VerificationTimePruningTests
{
    private static readonly ProgressivePruningOptions Training = TinyProblem.Options with { EpochsPerRound = 1 };

    [Test]
    public void ItCutsUntilTheTimeIsReachedAndNoMoreThanThat([Values(0.3, 0.5, 0.8)] double share, [Values(0.7, 1, 1.4)] double missed)
    {
        using var network = Wide();
        using var data = TinyProblem.Data();
        var time = new MacTime(missed);
        var target = share * 1e-6 * network.Graph.Macs;

        var report = Run(network, time, data, new() { Target = TimeSpan.FromSeconds(target), MaxRounds = 6 }, Training);

        using var pruned = report.Network;
        Assert.That(report.Stopped, Is.Null, report.ToString());
        Assert.That(report.Rounds[^1].Measured.TotalSeconds, Is.LessThanOrEqualTo(target));
        Assert.That(report.Rounds.SkipLast(1).Select(round => round.Measured.TotalSeconds), Is.All.GreaterThan(target));
        Assert.That(pruned.Graph.Macs, Is.LessThan(network.Graph.Macs));
        Assert.That(pruned.training, Is.False);

        // One step less would have missed the target by the prediction, so it is at most two steps too fast where the prediction is right.
        if (missed == 1)
            Assert.That(report.Rounds, Has.Count.EqualTo(2));
        Assert.That(
            report.Rounds[1].Predicted!.Value.TotalSeconds * missed,
            Is.EqualTo(report.Rounds[1].Measured.TotalSeconds).Within(1e-6));
    }

    [Test]
    public void ANetworkThatIsFastEnoughStaysAsItIs()
    {
        using var network = TinyProblem.Network();
        using var data = TinyProblem.Data();
        var report = Run(network, new MacTime(1), data, new() { Target = TimeSpan.FromSeconds(1e6) }, Training);
        Assert.That(report.Network, Is.SameAs(network));
        Assert.That(report.Rounds, Has.Count.EqualTo(1));
    }

    [Test]
    public void WhatCannotBeReachedIsSaid()
    {
        using var network = Wide();
        using var data = TinyProblem.Data();
        var report = Run(network, new MacTime(1), data, new() { Target = TimeSpan.FromMilliseconds(0.001), MaxRounds = 2 }, Training);
        report.Network.Dispose();
        Assert.That(report.Stopped, Does.StartWith("2 cuts were not enough"));
        Assert.That(report.Rounds, Has.Count.EqualTo(3));
    }

    [Test]
    public void ItCutsWhatCanBeCutAndThenSaysSo()
    {
        using var network = TinyProblem.Network();
        using var data = TinyProblem.Data();
        var report = Run(network, new MacTime(1), data, new() { Target = TimeSpan.FromMilliseconds(0.001), MaxRounds = 20 }, Training);
        Assert.That(report.Stopped, Does.StartWith("No channel can leave any more").Or.Contains("say nothing"), report.ToString());
        Assert.That(report.Rounds, Has.Count.GreaterThan(1));
        report.Network.Dispose();
    }

    [Test]
    public void ACutAboveTheErrorLimitIsTakenBack()
    {
        using var network = Wide();
        using var data = TinyProblem.Data();
        var time = new MacTime(1);
        var options = new VerificationTimeOptions { Target = TimeSpan.FromSeconds(0.5e-6 * network.Graph.Macs) };
        var report = Run(network, time, data, options, Training with { ErrorLimit = 1e-9 });
        Assert.That(report.Network, Is.SameAs(network));
        Assert.That(report.Stopped, Does.Contain("above the limit"));
        Assert.That(report.Rounds[^1].Accepted, Is.False);
    }

    [Test]
    public async Task TheClockMeasuresRealCertification()
    {
        using var network = Wide();
        using var data = TinyProblem.Data();
        var report = await new VerificationTimePruning(
            network, TinyProblem.Light, new KeypointProperty(1), new()
            {
                Target = TimeSpan.FromTicks(1),
                MaxRounds = 1,
                Images = 2,
            },
            Training).RunAsync(data);
        Assert.That(report.Rounds, Has.Count.EqualTo(2), report.ToString());
        Assert.That(report.Rounds.Select(round => round.Measured), Is.All.GreaterThan(TimeSpan.Zero));
        Assert.That(report.Rounds[1].Predicted, Is.GreaterThan(TimeSpan.Zero));
        report.Network.Dispose();
    }

    [Test]
    public void NoTensorIsLeftBehind()
    {
        const int ParametersOfANetwork = 6;
        using var network = Wide();
        using var data = TinyProblem.Data();
        var first = new MacTime(1);
        var options = new VerificationTimeOptions { Target = TimeSpan.FromSeconds(0.5e-6 * network.Graph.Macs) };
        Once(first);
        var made = ParametersOfANetwork * first.Boxes;      // a network for each prediction, and the one that was cut; the first box is of the given network
        Assert.That(LiveTensors.Growth(2, () => Once(new MacTime(1)), made), Is.LessThanOrEqualTo(0));

        void Once(MacTime time) => Run(network, time, data, options, Training).Network.Dispose();
    }

    [Test]
    public void OptionsAreCheckedAndPinned()
    {
        var options = new VerificationTimeOptions();
        Assert.That(
            (options.Target, options.Images, options.MaxRounds, options.GreatestCut),
            Is.EqualTo((TimeSpan.FromSeconds(1), 4, 4, 0.7)));
        using var network = TinyProblem.Network();
        foreach (var bad in new[]
            {
                options with
                {
                    Target = TimeSpan.Zero,
                },
                options with
                {
                    Images = 0,
                },
                options with
                {
                    MaxRounds = 0,
                },
                options with
                {
                    GreatestCut = 1,
                },
            })
            Assert.That(
                () => new VerificationTimePruning(network, TinyProblem.Light, new KeypointProperty(1), bad),
                Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static VerificationTimeReport Run(
        GraphModule network, IVerificationTime time, KeypointData data, VerificationTimeOptions options,
        ProgressivePruningOptions training) =>
        new VerificationTimePruning(network, TinyProblem.Light, new KeypointProperty(1), options, training)
            .RunAsync(time, data, data, null, default)
            .GetAwaiter()
            .GetResult();

    private static GraphModule Wide()
    {
        manual_seed(3);
        var builder = new GraphBuilder([1, 5, 5]);
        var node = builder.Relu("relu1", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 32, 3L)));
        node = builder.Relu("relu2", builder.Linear("fc1", builder.Flatten("flatten", node), nn.Linear(288, 32)));
        return new GraphModule(builder.Build(builder.Linear("fc2", node, nn.Linear(32, 2))));
    }

    /// <summary>A time that is a microsecond an operation, and, once fine-tuned, so many times what the box said.</summary>
    private sealed class MacTime(double missed) : IVerificationTime
    {
        private double _factor = 1 / missed;

        public int Boxes { get; private set; }

        public double Measure(Graph network, CancellationToken cancellationToken)
        {
            _factor *= missed;
            return 1e-6 * network.Macs * _factor;
        }

        public double MeasureBox(Graph network, CancellationToken cancellationToken)
        {
            Boxes++;
            return 1e-9 * network.Macs;
        }
    }
}
