using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Usn;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Probability;

public sealed class ProbabilityBoundingTests
{
    [Test]
    public void AProofIsNeverBelowTheShareOfParametersThatBreakIt()
    {
        var (informative, seed) = (0, TestEnvironment.FreshSeed());
        for (var round = 0; round < 15; round++)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var random = new RandomNetworks(unchecked(seed + round));
            using var network = random.Network();
            network.to(float64);
            var graph = Graph.Of(network, random.Shape);
            var set = random.PlainSet();
            var image = random.Image().to(float64);
            const int Side = 24;
            var thetas = set.Box.Grid(set.Dimension == 1 ? Side * Side : Side).Select(cell => cell.Centre).ToList();
            var outputs = graph
                .Forward(cat([image.unsqueeze(0), set.Apply(image, thetas)], 0))
                .Numbers()
                .Chunk((int)graph.Output.Channels)
                .ToList();

            // Half of what the furthest keypoint moves: near enough that the bound is tried.
            var distances = Enumerable
                .Range(0, 2)
                .Select(k => outputs.Skip(1).Select(moved => Distance(moved, outputs[0], k)).ToList())
                .ToList();
            var tolerance = Math.Max(1e-9, distances.Max(of => of.Max()) / 2);
            var bounding = new ProbabilityBounding(
                graph,
                set,
                new KeypointProperty(tolerance, KeypointNorm.Euclidean),
                new BoundUsnMetric(SymbolBudget.All, 3));
            var keypoints = bounding.Keypoints(image);
            for (var k = 0; k < 2; k++)
            {
                // Cell centres count like θ: what is off is of the order of a cell.
                var share = distances[k].Average(distance => distance > tolerance ? 1.0 : 0);
                Assert.That(keypoints[k].Upper, Is.GreaterThanOrEqualTo(share - (2.0 / Side)), keypoints[k].ToString());
                Assert.That(keypoints[k].IsProof, Is.True);
                informative += keypoints[k].Upper < 1 ? 1 : 0;
            }

            // Outputs that do not move at all still differ by the rounding of float64 forward passes.
            const double RoundingOfMoves = 1e-26;

            // No cut gives less than the mean square of the move, whatever lies behind it.
            var meanSquare = outputs.Skip(1).Average(moved => moved.Zip(outputs[0], (to, from) => (to - from) * (to - from)).Sum());
            foreach (var cut in bounding.Cuts(image))
                Assert.That(
                    cut.Constant * cut.Constant * cut.Deviation,
                    Is.GreaterThanOrEqualTo((meanSquare * (1 - (2.0 / Side))) - RoundingOfMoves),
                    cut.ToString());
        }

        TestContext.Out.WriteLine($"{informative} of 30 bounds say something");
    }

    [Test]
    public void TheBoundIsMarkovsInequalityAtTheBestCut()
    {
        using var scope = NewDisposeScope();

        // The keypoint is (b, 0) times 5, over 10 b at the neuron before it.
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            (
                "fc1",
                PlantedNetwork.Linear(
                    [
                        [10],
                    ],
                    0)),
            ("relu", nn.ReLU()),
            (
                "fc2",
                PlantedNetwork.Linear(
                    [
                        [0.5], [0], [0], [0.25],
                    ],
                    0, 0, 0, 0)));
        var graph = Graph.Of(network, 1, 1, 1);
        var set = SemanticSet.Of(new Brightness(-0.3, 0.3)).WithoutClip();
        var image = full([1, 1, 1], 0.5);
        var bounding = new ProbabilityBounding(graph, set, new KeypointProperty(1.2), SampledUsnMetric.GaussLegendre(3));
        var keypoints = bounding.Keypoints(image);
        Assert.That(keypoints.Select(bound => bound.Upper), Is.EqualTo(new[] { 25 * 0.03 / 1.44, 6.25 * 0.03 / 1.44 }).Within(1e-5));
        Assert.That(keypoints.Select(bound => (bound.Claim, bound.IsProof)), Is.EqualTo(new[] { ((int?)0, false), ((int?)1, false) }));
        var cuts = bounding.Cuts(image);
        Assert.That(cuts.Select(cut => cut.Cut), Is.EqualTo(new[] { graph.Nodes[2], graph.Output }));
        Assert.That(cuts.Select(cut => cut.Upper), Is.All.EqualTo(31.25 * 0.03 / 1.44).Within(1e-5));
        Assert.That(cuts[0].Constant, Is.EqualTo(Math.Sqrt(0.3125)).Within(1e-5));
    }

    [Test]
    public void EachStatementSaysWhatItIs()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        var property = new KeypointProperty(20);
        var sampled = new ProbabilityBounding(network.Graph, set, property, new SampledUsnMetric(4)).Keypoints(image)[0].ToString();
        var proved = new ProbabilityBounding(network.Graph, set, property).Keypoints(image)[0].ToString();
        Assert.That(
            sampled,
            Does.StartWith("moves by more than 20 with probability 0.").And.Contain("sampled, 4 θ").And.EndWith("no proof)"));
        Assert.That(
            proved,
            Does.StartWith("moves by more than 20 with probability 0.")
                .And.Contain("bounds")
                .And.EndWith("proved for θ uniform on the box)"));
        TestContext.Out.WriteLine(sampled);
        TestContext.Out.WriteLine(proved);
    }

    [Test]
    public void ABoundIsAProbability()
    {
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", nn.Linear(1, 2)));
        var output = Graph.Of(network, 1, 1, 1).Output;
        Assert.That(new ProbabilityBound(null, output, 3, 4, 2, "planted", false).Upper, Is.EqualTo(1));
        Assert.That(new ProbabilityBound(null, output, 3, 0, 2, "planted", false).Upper, Is.Zero);
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", nn.Linear(1, 3)));
        using var image = full([1, 1, 1], 0.5);
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        Assert.That(
            () => new ProbabilityBounding(Graph.Of(network, 1, 1, 1), set, new KeypointProperty(1)),
            Throws.TypeOf<GraphException>());
        using var detector = PlantedDetector.Sensitive();
        using var bright = PlantedDetector.Grey();
        bright.fill_(1.5);
        Assert.That(
            () => new ProbabilityBounding(detector.Graph, set, new KeypointProperty(1)).Keypoints(bright),
            Throws.ArgumentException);
    }

    private static double Distance(double[] moved, double[] clean, int keypoint) =>
        Math.Sqrt(
            Math.Pow(moved[2 * keypoint] - clean[2 * keypoint], 2) + Math.Pow(moved[(2 * keypoint) + 1] - clean[(2 * keypoint) + 1], 2));
}
