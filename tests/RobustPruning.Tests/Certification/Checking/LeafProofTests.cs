using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Checking;

/// <summary>The checker's own bounds: against sampled parameters, and against the domain that certifies.</summary>
public sealed class LeafProofTests
{
    private const double Double = 1.0 / (1L << 53), Single = 1.0 / (1L << 24);

    private SingleThreaded _threads = null!;

    // Threads that wait for each other at every small operation take most of the time.
    [SetUp]
    public void OneThread() => _threads = new SingleThreaded();

    [TearDown]
    public void AllThreads() => _threads.Dispose();

    [Test]
    public void SampledParametersStayInside()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 15; number++)
            CheckSamples(unchecked(seed + number));
    }

    [Test]
    public void TheBoundsAreThoseOfTheDomainThatCertifies()
    {
        var seed = TestEnvironment.FreshSeed();
        var worst = 0.0;
        for (var number = 0; number < 15; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            network.to(float64);
            var graph = Graph.Of(network, random.Shape);
            var (image, set) = (random.Image(), random.Set());
            var box = random.Box(set);
            using var images = set.Enclose(image, box);
            using var certified = new SemanticIntervalPropagator(SymbolBudget.All, outward: false).Propagate(graph, images);
            var proved = Bound(graph, set, image, box);
            double[] stated = [.. certified.Output.Lower.Numbers(), .. certified.Output.Upper.Numbers()],
                anew = [.. proved.Lower, .. proved.Upper];
            var rounding = (1e-9 * (1 + anew.Max(Math.Abs))) + (4 * proved.Rounding);
            var difference = stated.Zip(anew, (first, second) => Math.Abs(first - second)).Max() / rounding;
            worst = Math.Max(worst, difference);
            Assert.That(difference, Is.LessThan(1), $"seed {unchecked(seed + number)}");
        }

        TestContext.Out.WriteLine($"greatest difference {worst:0.00} of what rounding explains");
    }

    [Test]
    public void ManySymbolsInManyBlocksAreNoOther()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 8, 3L, padding: 1)), ("relu1", nn.ReLU()), ("flatten", nn.Flatten()), ("fc1", nn.Linear(800, 150)),
            ("relu2", nn.ReLU()), ("fc2", nn.Linear(150, 2)));
        var graph = Graph.Of(network, 1, 10, 10);
        var set = SemanticSet.Of(new Brightness(-0.4, 0.4), new Contrast(-0.4, 0.4)).WithNoise(0.02);
        using var image = rand(1, 10, 10);
        using var images = set.Enclose(image, set.Box);
        using var certified = new SemanticIntervalPropagator(SymbolBudget.All, outward: false).Propagate(graph, images);
        Assert.That(certified.PreActivations[0].Unstable(), Is.GreaterThan(128));
        var proved = Bound(graph, set, image, set.Box);
        Assert.That(proved.Lower.Zip(certified.Output.Lower.Numbers(), (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(1e-5));
        Assert.That(proved.Upper.Zip(certified.Output.Upper.Numbers(), (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(1e-5));
    }

    [Test]
    public void ABoxOfOnePointGivesThatPointAndItsRounding()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(TestEnvironment.FreshSeed());
        using var network = random.Network();
        var (graph, image) = (Graph.Of(network, random.Shape), random.Image());
        var set = SemanticSet.Of(new Brightness(0.1, 0.1));
        using var copy = ProofNetwork.Of(graph);
        var exact = copy.Graph.Forward(set.Apply(image.to(float64), [0.1])).Numbers();
        var bounds = Bound(graph, set, image, set.Box);
        var limit = RoundingLimit(copy.Graph, set.Apply(image.to(float64), [0.1])).Numbers();
        for (var output = 0; output < exact.Length; output++)
        {
            Assert.That(exact[output], Is.InRange(bounds.Lower[output], bounds.Upper[output]));
            Assert.That(bounds.Upper[output] - bounds.Lower[output], Is.GreaterThan(0).And.LessThan(limit[output]));
        }
    }

    [Test]
    public void NumbersThatAreNotFiniteBoundNothing()
    {
        using var scope = NewDisposeScope();
        using var layer = PlantedNetwork.Linear([[1, double.PositiveInfinity], [1, 1]], 0, 0);
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", layer), ("relu", nn.ReLU()));
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        using var image = PlantedNetwork.Image(0.5f, 0.5f);
        var bounds = Bound(Graph.Of(network, 1, 1, 2), set, image, set.Box);
        Assert.That(double.IsFinite(bounds.Lower[0]) || double.IsFinite(bounds.Upper[0]), Is.False);
    }

    [Test]
    public void NoTensorIsLeftBehind()
    {
        var random = new RandomNetworks(3);
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        using var image = random.Image();
        var set = SemanticSet.Of(new Brightness(-0.3, 0.3), new Contrast(-0.2, 0.2)).WithNoise(0.01);

        // The checker's copy is made in float32 and converted to float64.
        var made = 2 * network.parameters().Count();
        Assert.That(LiveTensors.Growth(3, () => Bound(graph, set, image, set.Box), made), Is.LessThanOrEqualTo(0));
    }

    /// <summary>
    /// What rounding may make of one point. Each step errs by n units of all that is added up there, without regard to signs, and hands it
    /// on as the layers behind add it up without regard to signs: so the errors of all steps are at most the sum of all n, in units of one
    /// such evaluation of the network. Limits lie on both sides, and may lie apart by twice an error: four times that.
    /// </summary>
    /// <param name="graph">The network, in 64-bit numbers.</param>
    /// <param name="input">The point, or several.</param>
    /// <param name="unit">The unit roundoff of the numbers whose rounding is meant.</param>
    private static Tensor RoundingLimit(Graph graph, Tensor input, double unit = Double)
    {
        const double imageRoundings = 1 << 14, relaxationRoundings = 64;
        var roundings = imageRoundings + graph.Nodes.Sum(node => node is AffineNode affine ? affine.Terms + 16 : relaxationRoundings);
        return graph.Evaluate(input.abs() + 1, Magnitude, (_, spent) => spent.Dispose()) * (4 * roundings * unit);

        static Tensor Magnitude(GraphNode node, IReadOnlyList<Tensor> inputs) => node switch
        {
            AffineNode affine when ProofRounding.Added(affine) is { } added => affine.Absolute(inputs[0]) + added,
            AffineNode affine => affine.Absolute(inputs[0]),
            LeakyReluNode leaky => inputs[0] * (1 + Math.Abs(leaky.NegativeSlope)),
            ActivationNode => inputs[0] + 1,
            MaxPoolNode pool => pool.Pool(inputs[0]) * 2,
            _ => node.Forward(inputs),
        };
    }

    private static OutputBounds Bound(Graph graph, SemanticSet set, Tensor image, ParameterBox box)
    {
        using var copy = ProofNetwork.Of(graph);
        using var wide = image.to(float64);
        using var images = set.Enclose(wide, box);
        return new LeafProof(copy.Graph).Bound(images);
    }

    private static void CheckSamples(int seed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(seed);
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        var (image, set) = (random.Image(), random.Set());
        var box = random.Box(set);
        using var copy = ProofNetwork.Of(graph);
        double[][] thetas =
        [
            .. box.Corners().Concat(box.Sample(200, new Random(seed))).Where(theta => set.IsAdmissible(new ParameterBox(theta, theta))),
        ];
        if (thetas.Length == 0)
            return;
        using var wide = image.to(float64);
        var bounds = Bound(graph, set, image, box);
        Inside(copy.Graph.Forward(Apply(wide)), new double[bounds.Lower.Length], "real-number network");
        var single = Apply(image);
        Inside(graph.Forward(single), RoundingLimit(copy.Graph, single.to(float64), Single).amax(0).Numbers(), "32-bit network");

        Tensor Apply(Tensor clean)
        {
            var theta = tensor(thetas.SelectMany(row => row).ToArray(), [thetas.Length, set.Dimension], dtype: clean.dtype);
            return set.Apply(clean, theta, (rand([thetas.Length, .. clean.shape], dtype: clean.dtype) - 0.5) * 2 * set.Noise);
        }

        void Inside(Tensor outputs, double[] rounding, string what)
        {
            double[] least = outputs.amin(0).Numbers(), greatest = outputs.amax(0).Numbers();
            for (var output = 0; output < least.Length; output++)
            {
                Assert.That(least[output], Is.GreaterThanOrEqualTo(bounds.Lower[output] - rounding[output]), $"{what}, seed {seed}");
                Assert.That(greatest[output], Is.LessThanOrEqualTo(bounds.Upper[output] + rounding[output]), $"{what}, seed {seed}");
            }
        }
    }
}
