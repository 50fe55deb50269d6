using Microsoft.Extensions.Logging;
using RobustPruning.Graphs;
using RobustPruning.Training;

namespace RobustPruning.Tests.Training;

public sealed class CheckpointTests
{
    private static readonly ProgressivePruningOptions Options = TinyProblem.Options with
    {
        InitialEpochs = 3,
        EpochsPerRound = 2,
        Rounds = 2,
    };

    // A network that has learnt, and a cut too deep to heal.
    private static readonly ProgressivePruningOptions Deep = TinyProblem.Options with
    {
        EpochsPerRound = 1,
        TargetRatio = 0.75,
        Ratios = [0.25, 0.75],
    };

    private string _folder = null!;

    [SetUp]
    public void NewFolder() => _folder = Path.Combine(Path.GetTempPath(), $"checkpoints-{Guid.NewGuid():N}");

    [TearDown]
    public void DeleteFolder()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        File.Delete(_folder);
    }

    [Test]
    public void ARunThatStoppedAfterAnyEpochGoesOnToTheSameResult([Range(1, 7)] int epoch) =>
        AssertThatItGoesOn(Options, epoch, accepted: true);

    [Test]
    public void SoDoesOneThatKeepsTheLastGoodRound([Values(1, 12, 13, 14)] int epoch) =>
        AssertThatItGoesOn(Deep with { ErrorLimit = LimitBetweenTheCuts() }, epoch, accepted: false);

    [Test]
    public void AFinishedRunIsNotTrainedAgain()
    {
        var first = Finish(Options with { Checkpoints = _folder });
        var told = 0;
        var second = Finish(Options with { Checkpoints = _folder }, new SynchronousProgress<TrainingProgress>(_ => told++));
        Assert.That(told, Is.Zero);
        AssertSame(second, first);
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(2), "the last two");
    }

    [TestCase(0)]
    [TestCase(40)]
    [TestCase(-1)]
    public void ADamagedCheckpointFallsBackToTheOneBeforeWithAWarning(int damage)
    {
        var whole = Finish(Options);
        Stop(Options, 5);
        var latest = Directory.GetFiles(_folder).Order().Last();
        var bytes = File.ReadAllBytes(latest);
        if (damage < 0)
            bytes = bytes[..(bytes.Length / 2)];
        else
            bytes[damage] ^= 1;
        File.WriteAllBytes(latest, bytes);

        var log = new ListLogger();
        var told = new List<int>();
        var resumed = Finish(
            Options with
            {
                Checkpoints = _folder,
            },
            new SynchronousProgress<TrainingProgress>(step => told.Add(step.Epoch)),
            log);
        Assert.That(told[0], Is.EqualTo(5));
        Assert.That(log.Warnings.Single(), Does.Contain(latest));
        AssertSame(resumed, whole);
    }

    [Test]
    public void WithNoCheckpointLeftWholeItStartsOver()
    {
        Stop(Options, 2);
        foreach (var file in Directory.GetFiles(_folder))
            File.WriteAllText(file, string.Empty);
        var log = new ListLogger();
        AssertSame(Finish(Options with { Checkpoints = _folder }, logger: log), Finish(Options));
        Assert.That(log.Warnings, Has.Count.EqualTo(2));
    }

    [Test]
    public void ACheckpointOfAnotherRunIsRefusedWithWhatDiffers()
    {
        Stop(Options, 1);
        AssertRefused(Options with { Seed = 9 }, "training");
        AssertRefused(Options with { WassersteinWeight = 2 }, "loss");
        AssertRefused(Options with { Loss = new WorstSampledLoss() }, "loss");
        AssertRefused(Options with { Rounds = 3 }, "schedule");
        AssertRefused(Options with { CalibrationImages = 3 }, "pruning");
        using var network = TinyProblem.Network(seed: 2);
        Assert.That(
            () => TinyProblem.Run(network, Options with { Checkpoints = _folder }),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("another network."));

        void AssertRefused(ProgressivePruningOptions options, string part) =>
            Assert.That(
                () => Finish(options with { Checkpoints = _folder }),
                Throws.TypeOf<CheckpointException>().With.Message.Contains(part).And.Message.Contains(_folder));
    }

    [Test]
    public void WhereNothingCanBeWrittenTheRunGoesOnWithWarnings()
    {
        // A file where the folder should be: as on a full disk, every write fails.
        File.WriteAllText(_folder, "no folder");
        var log = new ListLogger();
        AssertSame(Finish(Options with { Checkpoints = _folder }, logger: log), Finish(Options));
        Assert.That(log.Warnings, Has.Count.EqualTo(7));
        Assert.That(File.ReadAllText(_folder), Is.EqualTo("no folder"));
    }

    [Test]
    public void AFailedWriteKeepsTheEarlierCheckpoints()
    {
        Stop(Options, 2);
        var before = Directory.GetFiles(_folder).Order().ToArray();

        // The next one's place is taken by a folder, so that it cannot be moved there.
        Directory.CreateDirectory(Path.Combine(_folder, "epoch-00000003.checkpoint", "taken"));
        var log = new ListLogger();
        Stop(Options, 3, log);
        Assert.That(Directory.GetFiles(_folder).Order(), Is.EqualTo(before));
        Assert.That(log.Warnings, Is.Not.Empty);
    }

    private void AssertThatItGoesOn(ProgressivePruningOptions options, int epoch, bool accepted)
    {
        var whole = Finish(options);
        Assert.That(whole.Rounds.Select(round => round.Accepted), Is.EqualTo(new[] { true, true, accepted }));
        Stop(options, epoch);
        var told = new List<int>();
        var resumed = Finish(
            options with
            {
                Checkpoints = _folder,
            },
            new SynchronousProgress<TrainingProgress>(step => told.Add(step.Epoch)));
        Assert.That(told, Is.EqualTo(Enumerable.Range(epoch + 1, options.TotalEpochs - epoch)));
        AssertSame(resumed, whole);
    }

    private static double LimitBetweenTheCuts()
    {
        var errors = Finish(Deep).Rounds.Select(round => round.Error).ToList();
        Assert.That(errors[2], Is.GreaterThan(errors[1]), "the second cut hurts");
        return (errors[1] + errors[2]) / 2;
    }

    private void Stop(ProgressivePruningOptions options, int epoch, ILogger? logger = null)
    {
        using var source = new CancellationTokenSource();
        var progress = new SynchronousProgress<TrainingProgress>(step =>
        {
            if (step.Epoch == epoch)
                source.Cancel();
        });
        using var network = TinyProblem.Network();

        // After the last epoch there is nothing left to stop.
        try
        {
            var report = TinyProblem.Run(network, options with { Checkpoints = _folder }, progress, source.Token, logger);
            report.Network.Dispose();
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static Outcome Finish(ProgressivePruningOptions options, IProgress<TrainingProgress>? progress = null, ILogger? logger = null)
    {
        using var network = TinyProblem.Network();
        var report = TinyProblem.Run(network, options, progress, logger: logger);
        using var result = report.Network;
        return new([.. result.state_dict().Values.SelectMany(value => value.Numbers())], report.Rounds);
    }

    private static void AssertSame(Outcome actual, Outcome expected)
    {
        Assert.That(actual.Weights, Is.EqualTo(expected.Weights), "bit for bit");
        Assert.That(actual.Rounds, Is.EqualTo(expected.Rounds));
    }

    private sealed record Outcome(double[] Weights, IReadOnlyList<PruningRound> Rounds);

    private sealed class ListLogger : ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
                Warnings.Add(formatter(state, exception));
        }
    }
}
