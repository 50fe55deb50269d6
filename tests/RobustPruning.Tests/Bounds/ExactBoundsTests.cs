using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>Cases whose true range is known by hand.</summary>
public sealed class ExactBoundsTests
{
    private static readonly SemanticIntervalPropagator None = new(SymbolBudget.None, outward: false),
        All = new(SymbolBudget.All, outward: false);

    private static IBoundPropagator[] Domains =>
        [new IntervalPropagator(outward: false), None, new SemanticIntervalPropagator(new SymbolBudget(1), outward: false), All];

    [Test]
    public void AStableNetworkOverOneParameterIsExactButForIntervals()
    {
        using var scope = NewDisposeScope();

        // Pixels 0.5 + b, 0.4 + b; hidden 0.5 + b - 0.4 - b + 1 = 1.1 and 1.9 + 2b; output their difference 0.8 + 2b, b in ±0.1.
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [1, -1],
                        [1, 1],
                    ],
                    1,
                    1)),
            ("relu", nn.ReLU()),
            (
                "b",
                PlantedNetwork.Linear(
                    [
                        [-1, 1],
                    ],
                    0)));
        var image = PlantedNetwork.Image(0.5f, 0.4f);
        foreach (var domain in new[] { None, All })
            Check(Propagate(domain, network, image, SemanticSet.Of(new Brightness(-0.1, 0.1))), 0.6, 1.0);

        // Intervals forget that both pixels move together: hidden 1.1 ± 0.2 and 1.9 ± 0.2.
        Check(Propagate(new IntervalPropagator(outward: false), network, image, SemanticSet.Of(new Brightness(-0.1, 0.1))), 0.4, 1.2);
    }

    [Test]
    public void AnUnstableRectifierIsItsParallelogram()
    {
        using var scope = NewDisposeScope();

        // z = b in [-0.1, 0.3]: slope 0.75, error 0.0375 each way: [0, 0.3] widened to [-0.075, 0.3].
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("a", PlantedNetwork.Linear([[1]], -0.5)), ("relu", nn.ReLU()));
        foreach (var domain in new[] { None, All })
            Check(Propagate(domain, network, PlantedNetwork.Image(0.5f), SemanticSet.Of(new Brightness(-0.1, 0.3))), -0.075, 0.3);
    }

    [Test]
    public void KeptSymbolsCancelWhereARemainderDoesNot()
    {
        using var scope = NewDisposeScope();

        // relu(b) - relu(b) through two consumers of one unstable neuron is 0; a remainder cannot know.
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("a", PlantedNetwork.Linear([[1]], -0.5)), ("relu", nn.ReLU()),
            ("b", PlantedNetwork.Linear([[1], [1]], 0, 0)), ("c", PlantedNetwork.Linear([[1, -1]], 0)));
        var set = SemanticSet.Of(new Brightness(-0.2, 0.2));
        var image = PlantedNetwork.Image(0.5f);
        Check(Propagate(All, network, image, set), 0, 0);
        Check(Propagate(new SemanticIntervalPropagator(new SymbolBudget(1), outward: false), network, image, set), 0, 0);
        Check(Propagate(None, network, image, set), -0.1, 0.1);
    }

    [Test]
    public void AnOldSymbolMakesRoomForALargerNewOne()
    {
        using var scope = NewDisposeScope();

        // A small error at relu1, a large one at relu2; the output relu2 − relu2 has only what was folded of it.
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [0.01],
                        [1],
                    ],
                    -0.005,
                    9.5)),
            ("relu1", nn.ReLU()),
            (
                "b",
                PlantedNetwork.Linear(
                    [
                        [1, 1],
                    ],
                    -10)),
            ("relu2", nn.ReLU()),
            (
                "c",
                PlantedNetwork.Linear(
                    [
                        [1],
                        [1],
                    ],
                    0,
                    0)),
            (
                "d",
                PlantedNetwork.Linear(
                    [
                        [1, -1],
                    ],
                    0)));
        var set = SemanticSet.Of(new Brightness(-0.2, 0.2));
        Check(Propagate(All, network, PlantedNetwork.Image(0.5f), set), 0, 0);
        using var bounds = Propagate(new SemanticIntervalPropagator(new SymbolBudget(1)), network, PlantedNetwork.Image(0.5f), set);
        Assert.That(bounds.Output.Upper.Numbers()[0], Is.InRange(1e-4, 2e-3), "the small error, twice");
    }

    [Test]
    public void ABoxOfNoWidthGivesTheForwardPass()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 15; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();

            // In 64 bits, as |W| of several layers blows rounding up.
            network.to(float64);
            SemanticSet set = random.PlainSet();
            Tensor image = random.Image().to(float64);
            var point = set.Box.Sample(1, new Random(seed))[0];
            var expected = network.forward(set.Apply(image, point));
            var rounding = 1e-10 * (1 + expected.Numbers().Max(Math.Abs));
            foreach (var domain in Domains)
            {
                using var images = set.Enclose(image, new ParameterBox(point, point));
                using var bounds = domain.Propagate(Graph.Of(network, random.Shape), images);
                Assert.That(TensorValues.Gap(bounds.Output.Lower, expected), Is.LessThan(rounding), domain.Name);
                Assert.That(TensorValues.Gap(bounds.Output.Upper, expected), Is.LessThan(rounding), domain.Name);
            }
        }
    }

    [Test]
    public void ASaturatedImageDoesNotMove()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("a", PlantedNetwork.Linear([[3, 5]], 0)));
        foreach (var domain in Domains)
        {
            Check(Propagate(domain, network, PlantedNetwork.Image(1, 1), SemanticSet.Of(new Brightness(0.1, 0.9))), 8, 8);
            Check(Propagate(domain, network, PlantedNetwork.Image(0, 0), SemanticSet.Of(new Brightness(-0.9, -0.1))), 0, 0);
        }
    }

    [Test]
    public void NoiseMovesEveryValueForItself()
    {
        using var scope = NewDisposeScope();

        // 3 x + 5 y at 0.5 each, noise 0.1 each: 4 ± 0.8; no relation of the pixels narrows x - y, which is 0 ± 0.2.
        using var sum = nn.Sequential(("flatten", nn.Flatten()), ("a", PlantedNetwork.Linear([[3, 5]], 0)));
        using var difference = nn.Sequential(("flatten", nn.Flatten()), ("a", PlantedNetwork.Linear([[1, -1]], 0)));
        var set = SemanticSet.Of(new Brightness(0, 0)).WithNoise(0.1);
        foreach (var domain in Domains)
        {
            Check(Propagate(domain, sum, PlantedNetwork.Image(0.5f, 0.5f), set), 3.2, 4.8);
            Check(Propagate(domain, difference, PlantedNetwork.Image(0.5f, 0.5f), set.WithoutClip()), -0.2, 0.2);
        }

        // Through two layers only kept symbols know that both see the same noise.
        using var twice = nn.Sequential(
            ("flatten", nn.Flatten()), ("a", PlantedNetwork.Linear([[1], [1]], 0, 0)), ("b", PlantedNetwork.Linear([[1, -1]], 0)));
        Check(Propagate(All, twice, PlantedNetwork.Image(0.5f), set), 0, 0);
        Check(Propagate(None, twice, PlantedNetwork.Image(0.5f), set), -0.2, 0.2);
    }

    [Test]
    public void EqualPixelsWithNoiseDoNotShareTheirClipErrors()
    {
        using var scope = NewDisposeScope();

        // Twenty times 0.9, brightness ±0.2, noise ±0.05. At b = 0.05 half of them may be clipped at 1 and the others be 0.9.
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [.. Enumerable.Range(0, 20).Select(k => k % 2 == 0 ? 1.0 : -1.0)],
                    ],
                    0)));
        var set = SemanticSet.Of(new Brightness(-0.2, 0.2)).WithNoise(0.05);
        using var bounds = Propagate(All, network, PlantedNetwork.Image([.. Enumerable.Repeat(0.9f, 20)]), set);
        Assert.That(bounds.Output.Upper.Numbers()[0], Is.GreaterThanOrEqualTo(1 - 1e-6));
        Assert.That(bounds.Output.Lower.Numbers()[0], Is.LessThanOrEqualTo(-1 + 1e-6));
    }

    [Test]
    public void ADeadRectifierGivesItsBias()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [1],
                        [-1],
                    ],
                    -5,
                    -5)),
            ("relu", nn.ReLU()),
            (
                "b",
                PlantedNetwork.Linear(
                    [
                        [2, 3],
                    ],
                    7)));
        foreach (var domain in Domains)
        {
            using var bounds = Propagate(domain, network, PlantedNetwork.Image(0.5f), SemanticSet.Of(new Brightness(-0.2, 0.2)));
            Assert.That(bounds.PreActivations.Single().Unstable(), Is.Zero);
            Assert.That((bounds.Output.Lower.Numbers()[0], bounds.Output.Upper.Numbers()[0]), Is.EqualTo((7.0, 7.0)), domain.Name);
        }
    }

    [Test]
    public void UnstableNeuronsAreCountedOverAllBoxes()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "a",
                PlantedNetwork.Linear(
                    [
                        [1],
                        [1],
                        [0],
                    ],
                    -0.5,
                    5,
                    0)),
            ("relu", nn.ReLU()));
        var set = SemanticSet.Of(new Brightness(-0.2, 0.2));
        using var images = set.Enclose(PlantedNetwork.Image(0.5f), set.Box, new ParameterBox([-0.1], [0.1]), new ParameterBox([0], [0.1]));
        foreach (var domain in Domains)
        {
            using var bounds = domain.Propagate(Graph.Of(network, 1, 1, 1), images);
            Assert.That(bounds.PreActivations.Single().Unstable(), Is.EqualTo(2), domain.Name);
        }
    }

    private static NetworkBounds Propagate(IBoundPropagator domain, nn.Module<Tensor, Tensor> network, Tensor image, SemanticSet set)
    {
        using var images = set.Enclose(image, set.Box);
        return domain.Propagate(Graph.Of(network, image.shape), images);
    }

    private static void Check(NetworkBounds bounds, double lower, double upper)
    {
        using (bounds)
        {
            Assert.That(bounds.Output.Lower.Numbers().Single(), Is.EqualTo(lower).Within(1e-6));
            Assert.That(bounds.Output.Upper.Numbers().Single(), Is.EqualTo(upper).Within(1e-6));
        }
    }
}
