using Microsoft.Extensions.Logging;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>How the certifier and its neighbours are called.</summary>
public sealed class CertifierTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.01, 0.01));

    [Test]
    public void WhatTakesAGraphTakesAModule()
    {
        using var scope = NewDisposeScope();
        using var network = OutsideNetworks.Draw(new Random(FreshSeedsAttribute.Current));
        network.eval();
        var image = rand(2, 6, 6);
        using var ofModule = new Certifier(network, Light, 0.5);
        using var ofGraph = new Certifier(network.Graph, Light, 0.5);
        Assert.That(
            ofModule.Certify(image).Leaves.Select(leaf => leaf.Lower),
            Is.EqualTo(ofGraph.Certify(image).Leaves.Select(leaf => leaf.Lower)));
        using var range = new RangeSearch(network, Light);
        using var radius = new RadiusSearch(network, Light, new KeypointProperty(0.5));
        Assert.That(new ProbabilitySampling(network, Light, new KeypointProperty(0.5)).Estimate(image), Has.Count.EqualTo(2));
        using var predicted = KeypointEvaluation.Predict(network, image.unsqueeze(0));
        using var measured = new SampledUsnMetric(4).Measure(network, stack([image, image]), Light);
        Assert.That((Graph)network, Is.SameAs(network.Graph));
        Assert.Throws<ArgumentNullException>(() => new Certifier((GraphModule)null!, Light, 0.5));
        Assert.Throws<ArgumentNullException>(() => new RangeSearch((GraphModule)null!, Light));
    }

    [Test]
    public void TheLoggerIsToldOfEveryImage()
    {
        using var scope = NewDisposeScope();
        using var network = OutsideNetworks.Draw(new Random(FreshSeedsAttribute.Current));
        network.eval();
        var logger = new Logger();
        using var certifier = new Certifier(network, Light, 0.5, new CertifierOptions { MaxBoxes = 20 }, logger);
        certifier.CertifyMany(rand(3, 2, 6, 6));
        Assert.That(
            logger.Lines,
            Has.Exactly(3).Matches(@"^Image [1-3] of 3: \d certified, \d falsified, \d unknown of 2 in [\d.]+ s, \d+ boxes\.$"));
    }

    [Test]
    public void TheLoggerIsToldOfEveryFactorAndRound()
    {
        using var scope = NewDisposeScope();
        using var network = OutsideNetworks.Draw(new Random(FreshSeedsAttribute.Current));
        network.eval();
        var (image, logger, told) = (rand(2, 6, 6), new Logger(), new Logger());
        var factors = new List<RadiusSearchProgress>();
        using var radius = new RadiusSearch(
            network,
            Light,
            new KeypointProperty(0.5),
            new() { Certifier = new() { MaxBoxes = 20 } },
            logger);
        var found = radius.Search(image, progress: new Told<RadiusSearchProgress>(factors));
        Assert.That(logger.Lines.SkipLast(1), Has.Exactly(factors.Count).Matches(@"^Factor [\d.E-]+: \d certified, .*, \d+ boxes\.$"));
        Assert.That(logger.Lines[^1], Is.EqualTo(found.ToString()));

        var rounds = new List<RangeSearchProgress>();
        using var range = new RangeSearch(network, Light, new RangeSearchOptions { MaxBoxes = 8, Gap = 1e-9 }, told);
        var widths = range.Search(image, new Told<RangeSearchProgress>(rounds));
        Assert.That(told.Lines.SkipLast(1), Has.Exactly(rounds.Count).Matches(@"^\d+ boxes: gap .+\.$"));
        Assert.That(told.Lines[^1], Is.EqualTo(widths.ToString()));
    }

    private sealed class Told<T>(List<T> values) : IProgress<T>
    {
        public void Report(T value) => values.Add(value);
    }

    private sealed class Logger : ILogger
    {
        private readonly Lock _lock = new();

        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock)
                Lines.Add(formatter(state, exception));
        }
    }
}
