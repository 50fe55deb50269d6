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
        Assert.That(
            () => Certify(new Doubtful(bounds => (bounds.Upper, bounds.Lower))),
            Throws.InvalidOperationException.With.Message.Contains("doubtful"));

    /// <summary>
    /// y₀ and y₁ are the same number: what is left of their multiples is mostly rounding, and on a fixed input the bounds are as narrow as
    /// that.
    /// </summary>
    [Test]
    public void RoundingOfTermsThatCancelIsNotTakenForWrongBounds()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 20; number++)
        {
            using var scope = NewDisposeScope();
            var weights = Enumerable.Range(0, 3).Select(_ => random.NextDouble() - 0.5).ToArray();
            var layer = PlantedNetwork.Linear([weights, weights], 1.3, 1.3);
            using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", layer));
            var graph = Graph.Of(network, 1, 1, 3);
            double[] row = [1000000001 + random.Next(100), -1000000002 - random.Next(100)];
            foreach (var property in (OutputProperty[])[new AvoidanceProperty([new([row], [0])]), new LinearProperty([[1e9, -1e9]], [0])])
            {
                foreach (var set in new[] { SemanticSet.Of(new Brightness(0, 0)), SemanticSet.Of(new Brightness(-1e-4, 1e-4)) })
                {
                    using var certifier = new Certifier(graph, set, property, new CertifierOptions { MaxBoxes = 8 });
                    Assert.That(() => certifier.Certify(rand(1, 1, 3)), Throws.Nothing);
                }
            }
        }
    }

    [Test]
    public void BoundsOfConstraintsThatSamplesLeaveAreNoticed()
    {
        using var network = PlantedDetector.Cancelling();
        using var image = PlantedDetector.Grey();
        foreach (var property in (OutputProperty[])[new LinearProperty([[1, 0.5]], [1]), new AvoidanceProperty([new([[1, 0.5]], [-1])])])
        {
            foreach (var (off, wrong) in new[] { (0.01, true), (0.0, false) })
            {
                using var certifier = new Certifier(
                    network.Graph,
                    Light,
                    property,
                    new CertifierOptions { Propagator = new Doubtful(Shifted, SymbolBudget.All) });
                if (wrong)
                    Assert.That(() => certifier.Certify(image), Throws.InvalidOperationException.With.Message.Contains("doubtful"));
                else
                    Assert.That(certifier.Certify(image).Certified, Is.EqualTo(1));

                (Tensor, Tensor) Shifted(NodeBounds bounds) => (bounds.Lower + off, bounds.Upper + off);
            }
        }
    }

    [Test]
    public void BoundsOfAnotherShapeAreRefused() =>
        Assert.That(
            () => Certify(new Doubtful(bounds => (bounds.Lower.narrow(1, 0, 1), bounds.Upper.narrow(1, 0, 1)))),
            Throws.InvalidOperationException.With.Message.Contains("[1, 1]"));

    [Test]
    public void BoundsThatAreNoNumbersCertifyNothing()
    {
        var certificate = Certify(new Doubtful(bounds => (bounds.Lower * double.NaN, bounds.Upper * double.NaN)));
        Assert.That((certificate.Certified, certificate.Unknown), Is.EqualTo((0, 2)));
    }

    [Test]
    public void ALimitedNumberOfSymbolsCertifiesNothing()
    {
        var domain = new SemanticIntervalPropagator(new SymbolBudget(9));
        Assert.That(() => Certify(domain), Throws.ArgumentException.With.Message.Contains(domain.Name));
        Assert.That(
            () => new RangeSearchOptions { Propagator = domain }.Validate(),
            Throws.ArgumentException.With.Message.Contains(domain.Name));
    }

    [Test]
    public void BoundsWithoutTheirRoundingAreRefused()
    {
        foreach (IBoundPropagator domain in (IBoundPropagator[])
                [
                    SemanticIntervalPropagator.ForTraining,
                    new SemanticIntervalPropagator(SymbolBudget.All, outward: false),
                    new IntervalPropagator(outward: false),
                ])
        {
            Assert.That(domain.Name, Does.EndWith(", unrounded"));
            Assert.That(() => Certify(domain), Throws.ArgumentException.With.Message.Contains(domain.Name));
            Assert.That(
                () => new RangeSearchOptions { Propagator = domain }.Validate(),
                Throws.ArgumentException.With.Message.Contains(domain.Name));
            using var network = PlantedDetector.Sensitive();
            Assert.That(
                () =>
                    new RadiusSearch(
                        network.Graph,
                        Light,
                        new KeypointProperty(1),
                        new RadiusSearchOptions { Certifier = new() { Propagator = domain } }),
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

    private sealed class Doubtful(Func<NodeBounds, (Tensor, Tensor)> change, SymbolBudget? budget = null) : IBoundPropagator
    {
        public string Name => "doubtful";

        public NetworkBounds Propagate(Graph graph, PerturbedImages images)
        {
            var (lower, upper) = change(
                (budget is { } kept ? new SemanticIntervalPropagator(kept) : (IBoundPropagator)new IntervalPropagator())
                    .Propagate(graph, images)
                    .Output);
            return new NetworkBounds(new NodeBounds(graph.Output, lower, upper), []);
        }
    }
}
