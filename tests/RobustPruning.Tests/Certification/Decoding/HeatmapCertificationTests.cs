using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Decoding;

/// <summary>Certified keypoints of random heatmap networks against a fine grid of parameters, run in 64 bits and decoded.</summary>
public sealed class HeatmapCertificationTests
{
    private const int Keypoints = 2, Side = 5, Steps = 60;

    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.2, 0.2));

    [Test]
    public void VerdictsAgreeWithAGrid([Values] HeatmapDecoding decoding, [Values] KeypointNorm norm, [Values(0, 1, 2)] int trial)
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        using var network = Network(random, decoding);
        var decoder = HeatmapDecoder.For(network.Graph, decoding) with { OffsetScale = 0.3, Beta = 3 };
        var image = rand(1, Side, Side);
        var grid = Grid(network.Graph, decoder, image);
        var clean = decoder.Decode(network.Graph.Forward(image.unsqueeze(0)).Numbers());
        var tolerance = 0.2 + (3 * random.NextDouble());
        var property = new DecodedProperty(decoder, new KeypointProperty(tolerance, norm));
        using var certifier = new Certifier(network, Light, property, new CertifierOptions { MaxBoxes = 400 });
        var certificate = certifier.Certify(image);
        foreach (var keypoint in certificate.Keypoints)
        {
            var (x, y) = (2 * keypoint.Index, (2 * keypoint.Index) + 1);
            var greatest = grid.Max(position => norm == KeypointNorm.LInfinity
                ? Math.Max(Math.Abs(position[x] - clean[x]), Math.Abs(position[y] - clean[y]))
                : double.Hypot(position[x] - clean[x], position[y] - clean[y]));
            if (keypoint.Verdict == Verdict.Certified)
                Assert.That(greatest, Is.LessThan(tolerance + 1e-4));
            if (keypoint.Counterexample is { } found)
            {
                var at = decoder.Decode(network.Graph.Forward(found.Input(Light, image)).Numbers());
                Assert.That(found.Output, Is.EqualTo(at).Within(1e-5));
                Assert.That(found.Violation, Is.GreaterThan(0));
            }

            Assert.That(grid.Min(position => position[x]), Is.GreaterThan(keypoint.LowerX - 1e-4));
            Assert.That(grid.Max(position => position[x]), Is.LessThan(keypoint.UpperX + 1e-4));
            Assert.That(grid.Min(position => position[y]), Is.GreaterThan(keypoint.LowerY - 1e-4));
            Assert.That(grid.Max(position => position[y]), Is.LessThan(keypoint.UpperY + 1e-4));
        }

        TestContext.Out.WriteLine(certificate);
        RequireChecked(certificate, network.Graph, image);
    }

    /// <summary>An affine network over one parameter: where cells are equally great can be computed.</summary>
    [Test]
    public void TheRangeOfAnArgMaxIsExact([Values(0, 1, 2, 3, 4, 5, 6, 7)] int trial)
    {
        using var scope = NewDisposeScope();
        using var network = Affine();
        var decoder = HeatmapDecoder.For(network.Graph, HeatmapDecoding.ArgMax);
        var light = SemanticSet.Of(new Brightness(-1, 1)).WithoutClip();
        var image = rand(1, Side, Side);
        using var search = new RangeSearch(network.Graph, light, decoder, new RangeSearchOptions { MaxBoxes = 300 });
        var found = search.Search(image);

        // H(θ) = (1 − θ)/2 H(−1) + (1 + θ)/2 H(1); a cell is somewhere greatest if its line is part of the upper envelope.
        double[] left = network.Graph.Forward((image - 1).unsqueeze(0)).Numbers(),
            right = network.Graph.Forward((image + 1).unsqueeze(0)).Numbers();
        for (var keypoint = 0; keypoint < Keypoints; keypoint++)
        {
            var cells = Enumerable
                .Range(0, decoder.Cells)
                .Where(cell => IsSomewhereGreatest(keypoint, cell))
                .Select(decoder.Place)
                .ToList();
            Assert.That(found.Lower[2 * keypoint], Is.EqualTo(cells.Min(place => place.X)));
            Assert.That(found.Upper[2 * keypoint], Is.EqualTo(cells.Max(place => place.X)));
            Assert.That(found.Lower[(2 * keypoint) + 1], Is.EqualTo(cells.Min(place => place.Y)));
            Assert.That(found.Upper[(2 * keypoint) + 1], Is.EqualTo(cells.Max(place => place.Y)));
        }

        bool IsSomewhereGreatest(int keypoint, int cell)
        {
            // Over every other: at t of [0, 1], l + t (r − l) ≥ 0 for the differences l and r at the ends.
            double from = 0, to = 1;
            for (var other = 0; other < decoder.Cells; other++)
            {
                var (l, r) = (
                    left[decoder.Value(keypoint, cell)] - left[decoder.Value(keypoint, other)],
                    right[decoder.Value(keypoint, cell)] - right[decoder.Value(keypoint, other)]);
                if (l < 0 && r < 0)
                    return false;
                if (l < 0)
                    from = Math.Max(from, -l / (r - l));
                if (r < 0)
                    to = Math.Min(to, l / (l - r));
            }

            return from <= to;
        }
    }

    [Test]
    public void ASoftArgMaxRangeIsFoundToAHundredth([Values(0, 1, 2)] int trial)
    {
        using var scope = NewDisposeScope();
        using var network = Network(new Random(TestEnvironment.FreshSeed()), HeatmapDecoding.SoftArgMax);
        var decoder = HeatmapDecoder.For(network.Graph, HeatmapDecoding.SoftArgMax) with { Beta = 2 };
        var image = rand(1, Side, Side);
        using var search = new RangeSearch(network.Graph, Light, decoder);
        var found = search.Search(image);
        TestContext.Out.WriteLine($"{found.Boxes} boxes");
        Assert.That(found.Gap, Is.LessThanOrEqualTo(0.01));
        foreach (var position in Grid(network.Graph, decoder, image))
        {
            for (var value = 0; value < 2 * Keypoints; value++)
                Assert.That(position[value], Is.InRange(found.Lower[value] - 1e-5, found.Upper[value] + 1e-5));
        }
    }

    [Test]
    public void JointConstraintsAgreeWithAGrid([Values] HeatmapDecoding decoding, [Values] bool squares, [Values] bool labelled)
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        using var network = Network(random, decoding);
        var decoder = HeatmapDecoder.For(network.Graph, decoding) with { OffsetScale = 0.3 };
        var image = rand(1, Side, Side);
        var grid = Grid(network.Graph, decoder, image);
        double[] reference = labelled
            ? [2, 2, double.NaN, double.NaN]
            : decoder.Decode(network.Graph.Forward(image.unsqueeze(0)).Numbers());

        // The second row is about the second keypoint, whose label is missing.
        double[][] rows = [[1, -0.5, 0, 0], [0.25, 1, -1, 0.75]];
        OutputProperty joint = squares ? new SquaredDeviationProperty(4) : new LinearProperty(rows, [1.5, 1], fromReference: true);
        using var certifier = new Certifier(network, Light, new DecodedProperty(decoder, joint), new CertifierOptions { MaxBoxes = 300 });
        var certificate = certifier.Certify(image, labelled ? tensor(reference) : null);
        foreach (var claim in certificate.Claims)
        {
            Assert.That(claim.Verdict == Verdict.Unlabelled, Is.EqualTo(labelled && claim.Index == 1));
            if (claim.Verdict == Verdict.Certified)
                Assert.That(grid.Max(position => Broken(position, claim.Index)), Is.LessThan(1e-4));
            if (claim.Counterexample is { } found)
                Assert.That(Broken([.. found.Output], claim.Index), Is.GreaterThan(0));
        }

        RequireChecked(certificate, network.Graph, image);

        double Broken(double[] position, int claim) =>
            squares
                ? position.Select((value, index) => double.IsNaN(reference[index]) ? 0 : Math.Pow(value - reference[index], 2)).Sum() - 4
                : rows[claim].Select((weight, index) => weight == 0 ? 0 : weight * (position[index] - reference[index])).Sum()
                    - (claim == 0 ? 1.5 : 1);
    }

    /// <summary>Heatmaps in which the first keypoint jumps between two equally good cells at θ = 0, three pixels apart.</summary>
    [TestCase(2, Verdict.Falsified)]
    [TestCase(3.1, Verdict.Certified)]
    public void AJumpIsFoundAndATieIsNamed(double tolerance, Verdict expected)
    {
        using var scope = NewDisposeScope();
        using var network = Jumping(1);
        var decoder = HeatmapDecoder.For(network.Graph, HeatmapDecoding.ArgMax);
        using var certifier = new Certifier(
            network,
            SemanticSet.Of(new Brightness(-0.5, 0.5)),
            new DecodedProperty(decoder, new KeypointProperty(tolerance)));
        var certificate = certifier.Certify(full([1, 1, 4], 0.5f));
        Assert.That(certificate.Claims[0].Verdict, Is.EqualTo(expected));
        if (expected == Verdict.Falsified)
            Assert.That(certificate.Claims[0].Counterexample!.IsTie, Is.False);

        // Maps that do not move at all, two cells of which are equal: no θ decides.
        using var still = Jumping(0);
        using var other = new Certifier(
            still,
            SemanticSet.Of(new Brightness(-0.5, 0.5)),
            new DecodedProperty(decoder, new KeypointProperty(tolerance)),
            new CertifierOptions { MaxBoxes = 20 });
        Assert.That(
            other.Certify(full([1, 1, 4], 0.5f)).Claims[0].Verdict,
            Is.EqualTo(tolerance < 3 ? Verdict.Unknown : Verdict.Certified));
        var label = tensor(new[] { 3.5, 0.5 });
        var tie = other.Certify(full([1, 1, 4], 0.5f), label).Claims[0];
        Assert.That(
            (tie.Verdict, tie.Counterexample?.IsTie ?? true),
            Is.EqualTo((tolerance < 3 ? Verdict.Falsified : Verdict.Certified, true)));
    }

    [Test]
    public void RadiusAndProbabilityAreOfDecodedKeypoints()
    {
        using var scope = NewDisposeScope();
        using var network = Jumping(1);
        var decoder = HeatmapDecoder.For(network.Graph, HeatmapDecoding.ArgMax);
        var property = new DecodedProperty(decoder, new KeypointProperty(2));

        // At 0.6 the first cell is ahead until brightness takes 0.1 away.
        var image = full([1, 1, 4], 0.6f);
        var light = SemanticSet.Of(new Brightness(-0.4, 0.4));
        using var search = new RadiusSearch(network.Graph, light, property);
        var radius = search.Search(image);
        Assert.That(radius.Certified, Is.EqualTo(0.25).Within(0.01));
        var estimate = new ProbabilitySampling(network.Graph, light, property).Estimate(image)[0];
        Assert.That(estimate.Share, Is.EqualTo(0.625).Within(0.06));
    }

    [Test]
    public void NarrowerBoundsAndOtherAnchorsThanProvedAreRefusedOrProvedAnew()
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        using var network = Network(random, HeatmapDecoding.ArgMax);
        var decoder = HeatmapDecoder.For(network.Graph, HeatmapDecoding.ArgMax);
        var image = rand(1, Side, Side);
        using var certifier = new Certifier(
            network,
            Light,
            new DecodedProperty(decoder, new KeypointProperty(1)),
            new CertifierOptions { MaxBoxes = 40 });
        var certificate = certifier.Certify(image);
        var moved = certificate with
        {
            Leaves =
            [
                .. certificate.Leaves.Select(
                    (leaf, index) => index == 0 ? leaf with { Lower = [.. leaf.Lower.Select(low => low + 0.6)] } : leaf),
            ],
        };
        Assert.That(moved.Check(network, image).IsValid, Is.False);

        // Any cell will do to compare with, but worse ones leave more cells open: then what is stated is too narrow.
        var anchored = certificate with { Leaves = [.. certificate.Leaves.Select(leaf => leaf with { Anchors = [1000, -1] })] };
        Assert.That(anchored.Check(network, image).IsValid, Is.True);
    }

    [Test]
    public void ToleranceOfACertificateCanBeRaised()
    {
        using var scope = NewDisposeScope();
        using var network = Network(new Random(TestEnvironment.FreshSeed()), HeatmapDecoding.ArgMaxWithOffset);
        var decoder = HeatmapDecoder.For(network.Graph, HeatmapDecoding.ArgMaxWithOffset);
        using var certifier = new Certifier(
            network,
            Light,
            new DecodedProperty(decoder, new KeypointProperty(0.5)),
            new CertifierOptions { MaxBoxes = 20 });
        var certificate = certifier.Certify(rand(1, Side, Side));
        Assert.That(certificate.AtTolerance(1000).Certified, Is.EqualTo(Keypoints));
        Assert.That(certificate.AtTolerance(1000).Tolerance, Is.EqualTo(1000));
    }

    [TestCase(new long[] { 2, 2 })]
    [TestCase(new long[] { 1, 2, 2 })]
    [TestCase(new long[] { 4, 1, 1 })]
    public void CoordinatesMayHaveAnyShape(long[] shape)
    {
        using var scope = NewDisposeScope();
        using var flat = PlantedDetector.Sensitive();
        var builder = new GraphBuilder([1, 1, 2]);
        var graph = builder.Build(builder.Reshape("pairs", builder.Module("network", builder.Input, flat), shape));
        using Certifier plain = new(flat, PlantedDetector.Light(), 1.5), shaped = new(graph, PlantedDetector.Light(), 1.5);
        var (expected, given) = (plain.Certify(PlantedDetector.Grey()), shaped.Certify(PlantedDetector.Grey()));
        Assert.That(given.Claims.Select(claim => claim.Verdict), Is.EqualTo(expected.Claims.Select(claim => claim.Verdict)));
        Assert.That(given.Check(graph, PlantedDetector.Grey()).IsValid, Is.True);
        using var search = new RangeSearch(graph, PlantedDetector.Light());
        Assert.That(search.Search(PlantedDetector.Grey()).Upper, Is.EqualTo(new double[] { 6, 3, 7, 12 }).Within(1e-4));
        Assert.That(
            new ProbabilitySampling(graph, PlantedDetector.Light(), new KeypointProperty(1.5)).Estimate(PlantedDetector.Grey())[0].Share,
            Is.EqualTo(1));
    }

    [Test]
    public void AnOutputIsAddressedByName()
    {
        using var scope = NewDisposeScope();
        using var flat = PlantedDetector.Sensitive();
        var builder = new GraphBuilder([1, 1, 2]);
        var points = builder.Module("points", builder.Input, flat);
        var graph = builder.Build(builder.Relu("other", builder.Input), points);
        var named = graph.WithOutputs(points.Name);
        using var certifier = new Certifier(named, PlantedDetector.Light(), 1.5);
        Assert.That(certifier.Certify(PlantedDetector.Grey()).Certified, Is.EqualTo(1));
        Assert.That(graph.WithOutputs(points.Name, "other").Output.Channels, Is.EqualTo(6));
        Assert.That(() => graph.WithOutputs("none"), Throws.TypeOf<GraphException>());
    }

    private static void RequireChecked(Certificate certificate, Graph network, Tensor image)
    {
        var path = Path.GetTempFileName();
        try
        {
            certificate.Save(path);
            var check = Certificate.Load(path).Check(network, image);
            Assert.That(check.IsValid, Is.True, check.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static List<double[]> Grid(Graph network, HeatmapDecoder decoder, Tensor image)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        double[][] thetas =
        [
            .. from i in Enumerable.Range(0, Steps + 1)
            from j in Enumerable.Range(0, Steps + 1)
            select new[] { 0.1 * ((2.0 * i / Steps) - 1), 0.2 * ((2.0 * j / Steps) - 1) },
        ];
        return
        [
            .. network
                .Forward(Light.Apply(image, thetas))
                .flatten(1)
                .Numbers()
                .Chunk(decoder.Outputs)
                .Select(output => decoder.Decode(output)),
        ];
    }

    private static GraphModule Network(Random random, HeatmapDecoding decoding)
    {
        manual_seed(random.Next());
        var builder = new GraphBuilder([1, Side, Side]);
        var hidden = builder.Relu("relu", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 4, 3, padding: 1)));
        var maps = builder.Convolution("maps", hidden, nn.Conv2d(4, Keypoints, 3, padding: 1));
        return new GraphModule(decoding == HeatmapDecoding.ArgMaxWithOffset
            ? builder.Build(maps, builder.Convolution("offsets", hidden, nn.Conv2d(4, 2 * Keypoints, 1))) : builder.Build(maps));
    }

    private static GraphModule Affine()
    {
        var builder = new GraphBuilder([1, Side, Side]);
        var shifted = builder.Rescaling("shifted", builder.Input, new Rescaling(randn(1, Side, Side), zeros(1, Side, Side)));
        return new GraphModule(builder.Build(builder.Convolution("maps", shifted, nn.Conv2d(1, Keypoints, 3, padding: 1))));
    }

    // [x, 0, 0, 1/2], each cell moved by so much of its pixel; or [1/2, 0, 0, 1/2].
    private static GraphModule Jumping(float move)
    {
        var builder = new GraphBuilder([1, 1, 4]);
        var (scale, shift) = (tensor(new[] { move, 0, 0, 0 }, [1, 1, 4]), tensor(new[] { move == 0 ? 0.5f : 0, 0, 0, 0.5f }, [1, 1, 4]));
        return new GraphModule(builder.Build(builder.Rescaling("maps", builder.Input, new Rescaling(scale, shift))));
    }
}
