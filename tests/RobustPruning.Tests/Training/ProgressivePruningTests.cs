using RobustPruning.Graphs;
using RobustPruning.Pruning;
using RobustPruning.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

public sealed class ProgressivePruningTests
{
    [Test]
    public void TheLossFallsAndProgressIsToldAfterEveryEpoch()
    {
        using var network = TinyProblem.Network();
        List<TrainingProgress> told = [];
        using var pruned = TinyProblem.Run(network, TinyProblem.Options, new SynchronousProgress<TrainingProgress>(told.Add)).Network;
        Assert.That(told.Select(step => step.Epoch), Is.EqualTo(Enumerable.Range(1, 16)));
        Assert.That(told.Select(step => step.Round), Is.EqualTo(Enumerable.Repeat(0, 12).Concat([1, 1, 2, 2])));
        Assert.That(told.Select(step => step.Epochs), Is.All.EqualTo(16));
        Assert.That(told[11].Loss, Is.LessThan(0.3 * told[0].Loss));
    }

    [Test]
    public void WidthsFollowTheScheduleOfTheOriginalWidths()
    {
        using var network = TinyProblem.Network();
        var report = TinyProblem.Run(
            network,
            TinyProblem.Options with
            {
                InitialEpochs = 1,
                EpochsPerRound = 1,
                Rounds = 3,
                TargetRatio = 0.75,
            });
        using var pruned = report.Network;
        Assert.That(
            report.Rounds.Select(round => (round.Round, round.Ratio)),
            Is.EqualTo(new[] { (0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75) }));

        // Parameters of conv, bn, fc1, fc2 at widths (4, 8), (3, 6), (2, 4), (1, 2); a channel of conv feeds 9 inputs of fc1.
        Assert.That(report.Rounds.Select(round => round.Parameters), Is.EqualTo(new[] { (4, 8), (3, 6), (2, 4), (1, 2) }
            .Select(width => (10L * width.Item1) + (2 * width.Item1) + (((9 * width.Item1) + 1) * width.Item2) + (2 * width.Item2) + 2)));
        Assert.That(report.Rounds[^1].Parameters, Is.EqualTo(pruned.Graph.Parameters));
        Assert.That(report.Rounds[^1].Macs, Is.EqualTo(pruned.Graph.Macs));
        Assert.That(pruned.training, Is.False);
        using var data = TinyProblem.Data();
        Assert.That(report.Rounds[^1].Error, Is.EqualTo(KeypointEvaluation.MeanError(pruned.Graph, data)).Within(1e-6));
    }

    [TestCase(PruningSchedule.Linear, 0.2, 0.4, 0.6)]
    [TestCase(PruningSchedule.Cubic, 0.6 * 19 / 27, 0.6 * 26 / 27, 0.6)]
    [TestCase(PruningSchedule.OneShot, 0.6, 0.6, 0.6)]
    public void TheRatioFollowsTheSchedule(PruningSchedule schedule, params double[] ratios)
    {
        var options = new ProgressivePruningOptions { TargetRatio = 0.6, Rounds = 3, Schedule = schedule };
        Assert.That(Enumerable.Range(1, 3).Select(options.RatioAt), Is.EqualTo(ratios).Within(1e-12));
        Assert.That(
            Enumerable.Range(1, 3).Select((options with { Ratios = [0.1, 0.1, 0.6] }).RatioAt),
            Is.EqualTo(new[] { 0.1, 0.1, 0.6 }));
        Assert.That(options.RatioToCome(3), Is.Zero);
    }

    [Test]
    public void TheErrorLimitKeepsTheLastGoodRound()
    {
        var options = TinyProblem.Options with { EpochsPerRound = 0, Rounds = 3, TargetRatio = 0.75 };
        using var first = TinyProblem.Network();
        var free = TinyProblem.Run(first, options);
        free.Network.Dispose();
        var errors = free.Rounds.Select(round => round.Error).ToList();
        Assert.That(errors, Has.Count.EqualTo(4));
        Assert.That(errors[3], Is.GreaterThan(errors.Take(3).Max()), "the deepest cut without fine-tuning hurts most");

        using var second = TinyProblem.Network();
        var limit = (errors[3] + errors.Take(3).Max()) / 2;
        var report = TinyProblem.Run(second, options with { ErrorLimit = limit });
        using var kept = report.Network;
        Assert.That(report.Rounds.Select(round => round.Accepted), Is.EqualTo(new[] { true, true, true, false }));
        Assert.That(kept.Graph.Parameters, Is.EqualTo(report.Rounds[2].Parameters));
        Assert.That(
            (free.Stopped, report.Stopped),
            Is.EqualTo(((string?)null, $"The error {errors[3]:0.00} px is above the limit {limit:0.00} px.")));
        using var data = TinyProblem.Data();
        Assert.That(KeypointEvaluation.MeanError(kept.Graph, data), Is.EqualTo(report.Rounds[2].Error).Within(1e-6));
    }

    [Test]
    public void ANetworkThatSaysNothingAnyMoreIsNotCut()
    {
        // Without a bias that wakes it up, a layer that never fires learns nothing either.
        using var network = TinyProblem.Network();
        network.get_parameter("fc1.weight")!.Set(new double[8 * 36]);
        network.get_parameter("fc1.bias")!.Set([.. Enumerable.Repeat(-1.0, 8)]);
        var report = TinyProblem.Run(network, TinyProblem.Options with { InitialEpochs = 1 });
        Assert.That(report.Network, Is.SameAs(network));
        Assert.That(report.Rounds, Has.Count.EqualTo(1));
        Assert.That(report.Stopped, Does.Contain("'fc1'"));
    }

    [Test]
    public void ANetworkAboveTheLimitFromTheStartIsReturnedUnpruned()
    {
        using var network = TinyProblem.Network();
        var report = TinyProblem.Run(network, TinyProblem.Options with { InitialEpochs = 0, ErrorLimit = 1e-3 });
        Assert.That(report.Network, Is.SameAs(network));
        Assert.That(report.Rounds.Single().Accepted, Is.False);
    }

    [Test]
    public void TheSameSeedGivesTheSameWeightsBitForBit()
    {
        var runs = new[] { 5, 5, 6 }.Select(seed =>
        {
            using var network = TinyProblem.Network();
            using var pruned = TinyProblem.Run(network, TinyProblem.Options with { InitialEpochs = 2, Seed = seed }).Network;
            return pruned.state_dict().Values.SelectMany(value => value.Numbers()).ToArray();
        }).ToList();
        Assert.That(runs[1], Is.EqualTo(runs[0]));
        Assert.That(runs[2], Is.Not.EqualTo(runs[0]));
    }

    [Test]
    public void CancellationStopsItAndTheNetworkStaysUsable()
    {
        using var network = TinyProblem.Network();
        using var source = new CancellationTokenSource();
        var progress = new SynchronousProgress<TrainingProgress>(step =>
        {
            if (step.Epoch == 3)
                source.Cancel();
        });
        Assert.That(
            () => TinyProblem.Run(network, TinyProblem.Options, progress, source.Token),
            Throws.InstanceOf<OperationCanceledException>());
        using var images = zeros(1, 1, 5, 5);
        using var output = network.forward(images);
        Assert.That(output.Numbers(), Is.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void ARatioOfZeroTrainsOnly()
    {
        using var network = TinyProblem.Network();
        var before = network.parameters().First().Numbers();
        var report = TinyProblem.Run(network, TinyProblem.Options with { TargetRatio = 0, InitialEpochs = 1 });
        Assert.That(report.Network, Is.SameAs(network));
        Assert.That(report.Rounds, Has.Count.EqualTo(1));
        Assert.That(network.parameters().First().Numbers(), Is.Not.EqualTo(before));
        Assert.That(network.training, Is.False);
    }

    /// <summary>A loss without a gradient leaves the weights alone, unless the Wasserstein loss is asked for beside it.</summary>
    [TestCase(null, false)]
    [TestCase(1.0, true)]
    public void ALossOfOnesOwnTakesThePlaceOfTheDefaultOne(double? weight, bool moves)
    {
        using var network = TinyProblem.Network();
        var before = network.parameters().SelectMany(parameter => parameter.Numbers()).ToArray();
        TinyProblem.Run(
            network,
            TinyProblem.Options with
            {
                TargetRatio = 0,
                InitialEpochs = 3,
                Loss = new NoGradient(),
                WassersteinWeight = weight,
            });
        Assert.That(network.parameters().SelectMany(parameter => parameter.Numbers()).SequenceEqual(before), Is.EqualTo(!moves));
    }

    [Test]
    public void NumbersOf64BitsAreTrainedToo()
    {
        using var network = TinyProblem.Network();
        network.to(float64);
        using var narrow = TinyProblem.Data();
        using var data = new KeypointData(narrow.Images.to(float64), narrow.Labels.to(float64));
        var report = new ProgressivePruning(network, TinyProblem.Light, TinyProblem.Options).RunAsync(data).GetAwaiter().GetResult();
        using var pruned = report.Network;
        Assert.That(pruned.parameters().Select(parameter => parameter.dtype), Is.All.EqualTo(float64));
        Assert.That(report.Rounds[^1].Parameters, Is.LessThan(report.Rounds[0].Parameters));
    }

    private sealed class NoGradient : TrainingLoss
    {
        protected override Tensor Evaluate(TrainingBatch batch) => batch.Outputs.sum() * 0;
    }

    [Test]
    public void EveryCopyAndTheWassersteinLossCanBeTurnedOff()
    {
        using var network = TinyProblem.Network();
        using var data = TinyProblem.Data();
        var before = KeypointEvaluation.MeanError(network.Graph, data);
        var report = TinyProblem.Run(network, TinyProblem.Options with { TargetRatio = 0, AugmentedCopies = 0, WassersteinWeight = 0 });
        Assert.That(report.Rounds.Single().Error, Is.LessThan(0.6 * before));
    }

    [Test]
    public void MemoryIsFlatOverRunsAndEpochs()
    {
        using var network = TinyProblem.Network();
        using var data = TinyProblem.Data();
        var training = new ProgressivePruning(network, TinyProblem.Light, TinyProblem.Options with { TargetRatio = 0, InitialEpochs = 1 });
        Assert.That(LiveTensors.Growth(4, () => training.RunAsync(data).Wait()), Is.LessThanOrEqualTo(0));
        List<long> counts = [];
        using var other = TinyProblem.Network();
        TinyProblem.Run(
            other,
            TinyProblem.Options with
            {
                TargetRatio = 0,
                InitialEpochs = 8,
            },
            new SynchronousProgress<TrainingProgress>(_ => counts.Add(Tensor.TotalCount)));
        Assert.That(counts[7], Is.LessThanOrEqualTo(counts[1]), string.Join(", ", counts));
    }

    [TestCase(-0.5f, true)]
    [TestCase(4.5f, true)]
    [TestCase(-0.6f, false)]
    [TestCase(5.1f, false)]
    public void LabelsMayLieOnTheEdgesOfTheImageAndNotBeyond(float coordinate, bool accepted)
    {
        using var network = TinyProblem.Network();
        using var images = zeros(2, 1, 5, 5);
        using var labels = full([2, 2], coordinate);
        var pipeline = new ProgressivePruning(network, TinyProblem.Light, new() { TargetRatio = 0, InitialEpochs = 1, BatchSize = 2 });
        Assert.That(
            () => pipeline.RunAsync(new KeypointData(images, labels)),
            accepted ? Throws.Nothing : Throws.ArgumentException.With.Message.Contains("outside the image"));
    }

    [Test]
    public void WhatCannotWorkIsRefusedBeforeItStarts()
    {
        using var network = TinyProblem.Network();
        using var images = zeros(2, 1, 4, 5);
        using var labels = zeros(2, 2);
        using var fitting = zeros(2, 1, 5, 5);
        using var many = zeros(2, 4);
        Assert.That(() => new ProgressivePruning(network, TinyProblem.Light, new() { TargetRatio = 1 }), Throws.TypeOf<PruningException>());
        Assert.That(
            () => new ProgressivePruning(network, TinyProblem.Light, new() { TargetRatio = 0.9 }),
            Throws.TypeOf<PruningException>().With.Message.Contains("'conv'"));
        var pipeline = new ProgressivePruning(network, TinyProblem.Light, new() { BatchSize = 2 });
        Assert.That(() => pipeline.RunAsync(new KeypointData(images, labels)), Throws.TypeOf<GraphException>());
        Assert.That(
            () => pipeline.RunAsync(new KeypointData(fitting, many)),
            Throws.TypeOf<GraphException>().With.Message.Contains("4 label values"));
        using var outside = tensor(new[] { 1f, 2, 3, 5.5f }, 2, 2);
        Assert.That(
            () => pipeline.RunAsync(new KeypointData(fitting, outside)),
            Throws.ArgumentException.With.Message.Contains("Label y of keypoint 0 in image 1").And.Message.Contains("5.5"));
        using var inside = zeros(2, 2);
        Assert.That(() => pipeline.RunAsync(new KeypointData(fitting.narrow(0, 0, 1), inside.narrow(0, 0, 1))),
            Throws.ArgumentException.With.Message.Contains("one training image"));
    }

    [Test]
    public void FewerImagesThanABatchAreOneBatch()
    {
        List<float[]> weights = [];
        foreach (var batch in new[] { 50, 5000 })
        {
            using var network = TinyProblem.Network();
            using var trained = TinyProblem
                .Run(network, TinyProblem.Options with { BatchSize = batch, TargetRatio = 0, InitialEpochs = 2 })
                .Network;
            weights.Add([.. trained.parameters().SelectMany(parameter => parameter.data<float>().ToArray())]);
        }

        Assert.That(weights[1], Is.EqualTo(weights[0]));
    }
}
