using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>A user's own propagator is not believed blindly.</summary>
public sealed class PropagatorTrustTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.1, 0.1));

    [Test]
    public void BoundsThatSamplesLeaveAreNoticed() =>
        Assert.That(() => Certify(new Doubtful(bounds => (bounds.Upper, bounds.Lower))), Throws.InvalidOperationException.With.Message.Contains("doubtful"));

    [Test]
    public void BoundsOfAnotherShapeAreRefused() =>
        Assert.That(() => Certify(new Doubtful(bounds => (bounds.Lower.narrow(1, 0, 1), bounds.Upper.narrow(1, 0, 1)))), Throws.InvalidOperationException.With.Message.Contains("[1, 1]"));

    [Test]
    public void BoundsThatAreNoNumbersCertifyNothing()
    {
        var certificate = Certify(new Doubtful(bounds => (bounds.Lower * double.NaN, bounds.Upper * double.NaN)));
        Assert.That((certificate.Certified, certificate.Unknown), Is.EqualTo((0, 2)));
    }

    [Test]
    public void BoundsWithoutTheirRoundingAreRefused()
    {
        foreach (IBoundPropagator domain in (IBoundPropagator[])[SemanticIntervalPropagator.ForTraining, new SemanticIntervalPropagator(SymbolBudget.All, outward: false), new IntervalPropagator(outward: false)])
        {
            Assert.That(domain.Name, Does.EndWith(", unrounded"));
            Assert.That(() => Certify(domain), Throws.ArgumentException.With.Message.Contains(domain.Name));
            Assert.That(() => new RangeSearchOptions { Propagator = domain }.Validate(), Throws.ArgumentException.With.Message.Contains(domain.Name));
            using var network = PlantedDetector.Sensitive();
            Assert.That(
                () => new RadiusSearch(network.Graph, Light, new KeypointProperty(1), new RadiusSearchOptions { Certifier = new() { Propagator = domain } }),
                Throws.ArgumentException.With.Message.Contains(domain.Name));
        }

        Assert.That((new SemanticIntervalPropagator(SymbolBudget.All).Outward, new IntervalPropagator().Outward), Is.EqualTo((true, true)));
        Assert.That(new SemanticIntervalPropagator(SymbolBudget.All).Name, Is.EqualTo("semantic interval, all symbols"));
    }

    [Test]
    public void AnImageOutsideTheUnitIntervalIsRefusedWithAClip()
    {
        using var scope = NewDisposeScope();
        Assert.That(() => Light.Apply(full([1, 2, 2], 255.0), [[0.0]]), Throws.ArgumentException.With.Message.Contains("[255, 255]"));
        Assert.That(Light.WithoutClip().Apply(full([1, 2, 2], 255.0), [[0.0]]).max().item<float>(), Is.EqualTo(255));
    }

    private static Certificate Certify(IBoundPropagator propagator)
    {
        using var scope = NewDisposeScope();
        using var network = Cnn7.Create(new Cnn7Options(1, 6, 6, 2, 0.05));
        using var certifier = new Certifier(network, Light, 100, new CertifierOptions { Propagator = propagator, MaxBoxes = 20 });
        return certifier.Certify(rand(1, 6, 6));
    }

    private sealed class Doubtful(Func<NodeBounds, (Tensor, Tensor)> change) : IBoundPropagator
    {
        public string Name => "doubtful";

        public NetworkBounds Propagate(Graph graph, PerturbedImages images)
        {
            var (lower, upper) = change(new IntervalPropagator().Propagate(graph, images).Output);
            return new NetworkBounds(new NodeBounds(graph.Output, lower, upper), []);
        }
    }
}
