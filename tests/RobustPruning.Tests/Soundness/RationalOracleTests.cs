using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Soundness;

/// <summary>
/// Bounds against ranges in exact fractions, without a tolerance: several layers, parameters and pixels; the engine, and the certificate
/// checker.
/// </summary>
public sealed class RationalOracleTests
{
    private const int Cases = 20;
    private const int Lines = 6;

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float64)]
    public void ExactRangesAlongLinesLieWithinTheBounds(ScalarType type)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < Cases; number++)
            CheckCase(unchecked(seed + number), type);
    }

    private static void CheckCase(int seed, ScalarType type)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var random = new Random(seed);
        var padding = random.Next(2);
        long size = 3 + (2 * padding) - 2;
        using var network = nn.Sequential(
            ("conv1", nn.Conv2d(1, 2, 2L, padding: padding)), ("relu1", nn.ReLU()), ("conv2", nn.Conv2d(2, 2, 2L)), ("relu2", nn.ReLU()),
            ("flatten", nn.Flatten()), ("fc1", nn.Linear(2 * size * size, 4)), ("relu3", nn.ReLU()), ("fc2", nn.Linear(4, 2)));
        network.to(type);
        foreach (var parameter in network.parameters())
            parameter.copy_(randn_like(parameter) * Math.Pow(10, random.Next(-2, 2)));
        var graph = Graph.Of(network, 1, 3, 3);
        var image = ((rand([1, 3, 3], dtype: type) * 1.4) - 0.2).clamp(0, 1);
        var scale = Math.Pow(10, -3 * random.NextDouble());
        var set = SemanticSet.Of(new Contrast(-0.4 * scale, 0.3 * scale), new Brightness(-0.2 * scale, 0.3 * scale));
        var clip = random.Next(2) == 0;
        set = clip ? set : set.WithoutClip();
        using var images = set.Enclose(image, set.Box);
        using var engine = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(graph, images);
        using var copy = ProofNetwork.Of(graph);
        using var proofImages = set.Enclose(image.to(float64), set.Box);
        var proved = new LeafProof(copy.Graph).Bound(proofImages);

        var exact = new RationalNetwork(graph, clip);
        var pixels = image.Numbers().Select(Rational.Of).ToArray();
        (double[] Lower, double[] Upper)[] bounds =
        [
            (engine.Output.Lower.Numbers(), engine.Output.Upper.Numbers()),
            (proved.Lower, proved.Upper),
        ];
        var corners = set.Box.Corners();
        IEnumerable<(double[] From, double[] To)> edges =
        [
            (corners[0], corners[1]), (corners[1], corners[3]), (corners[2], corners[3]), (corners[0], corners[2]),
        ];
        foreach (var (from, to) in edges.Concat(set.Box.Sample(2 * Lines, random).Chunk(2).Select(ends => (ends[0], ends[1]))))
        {
            var range = exact.Range(ImageAt(pixels, from), ImageAt(pixels, to));
            for (var output = 0; output < range.Length; output++)
            {
                foreach (var (lower, upper) in bounds)
                {
                    Assert.That(
                        Rational.Of(lower[output]).CompareTo(range[output].Least),
                        Is.LessThanOrEqualTo(0),
                        $"lower {lower[output]:R} of {range[output].Least}, seed {seed}");
                    Assert.That(
                        Rational.Of(upper[output]).CompareTo(range[output].Greatest),
                        Is.GreaterThanOrEqualTo(0),
                        $"upper {upper[output]:R} of {range[output].Greatest}, seed {seed}");
                }
            }
        }
    }

    /// <summary>x + c·x + b.</summary>
    private static Rational[] ImageAt(Rational[] pixels, double[] theta) =>
        [.. pixels.Select(pixel => pixel + (Rational.Of(theta[0]) * pixel) + Rational.Of(theta[1]))];
}
