using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Soundness;

/// <summary>Random cases against samples and gradients; <c>soundness</c> among the benchmarks attacks as many as you like.</summary>
public sealed class RandomCaseTests
{
    private const int Cases = 150;
    private const int Samples = 40;

    [Test]
    public void NoValueLeavesTheBoundsOfAnyDomain()
    {
        var result = SoundnessRun.Run(Cases, TestEnvironment.FreshSeed(), Environment.ProcessorCount, seconds: 600, Samples, shrinks: 300);
        Assert.That(result.Failures, Is.Empty);
        Assert.That(result.Cases, Is.EqualTo(Cases));
        Assert.That(result.Slack, Is.InRange(0, 0.5));
    }

    [Test]
    public void BoundsALittleTooTightAreCaughtAndMadeSmall()
    {
        var result = SoundnessRun.Run(3, seed: 7, workers: 1, seconds: 60, Samples, change: domain => new Tightened(domain), shrinks: 200);
        Assert.That(result.Failures, Is.Not.Empty);
        Assert.That(result.Slack, Is.LessThan(0));

        // A tightened output needs no layer at all to fail.
        foreach (var failure in result.Failures)
            Assert.That(failure.Small.Split('\n'), Has.Length.LessThanOrEqualTo(7), failure.ToString());
    }

    [Test]
    public void ErrorsOfDomainsAreFailuresToo()
    {
        var result = SoundnessRun.Run(
            1, seed: 7, workers: 1, seconds: 60, Samples,
            change: _ => throw new InvalidOperationException("odd"),
            shrinks: 5);
        Assert.That(result.Failures.Single().Small, Does.Contain("odd"));
    }

    [Test]
    public void EveryLayerAndTransformIsDrawn()
    {
        using var scope = NewDisposeScope();
        HashSet<Type> layers = [], transforms = [];
        var sets = new List<SemanticSet>();
        for (var seed = 0; seed < 250; seed++)
        {
            using var drawn = new SoundnessCase(new Choices(seed));
            layers.UnionWith(drawn.Network.Graph.Nodes.Select(node => node.GetType()));
            transforms.UnionWith(drawn.Set.Transforms.Select(transform => transform.GetType()));
            sets.Add(drawn.Set);
        }

        Assert.That(layers, Is.EquivalentTo(Known<GraphNode>().Where(type => type.Name != "PoolEntryNode")));
        Assert.That(transforms, Is.EquivalentTo(Known<ISemanticTransform>()));
        Assert.That(sets.Any(set => set.Noise > 0 && set.EightBitRounding && set.Clip) && sets.Any(set => !set.Clip));
    }

    [Test]
    public void ACaseIsMadeAgainFromItsSeedOrItsChoices()
    {
        using var drawn = new SoundnessCase(new Choices(3));
        using var again = new SoundnessCase(new Choices(3));
        using var replayed = new SoundnessCase(new Choices(drawn.Made));
        Assert.That(again.ToString(), Is.EqualTo(drawn.ToString()));
        Assert.That(replayed.ToString(), Is.EqualTo(drawn.ToString()));
    }

    private static IEnumerable<Type> Known<T>() =>
        typeof(T).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(T)));

    private sealed class Tightened(IBoundPropagator domain) : IBoundPropagator
    {
        public string Name => domain.Name;

        public NetworkBounds Propagate(Graph graph, PerturbedImages images)
        {
            using var bounds = domain.Propagate(graph, images);
            var margin = (bounds.Output.Upper - bounds.Output.Lower) * 0.005;
            return new NetworkBounds(
                new NodeBounds(bounds.Output.Node, bounds.Output.Lower + margin, bounds.Output.Upper - margin),
                [.. bounds.PreActivations.Select(node => new NodeBounds(node.Node, node.Lower.alias(), node.Upper.alias()))]);
        }
    }
}
