using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Soundness;

/// <summary>
/// Networks whose true range is known exactly: the range search is above it by no more than its gap, and verdicts turn at it.
/// </summary>
public sealed class ExactOracleTests
{
    // Of the bounds: what the oracle's own 64-bit numbers may lose.
    private const double Rounding = 1e-12;

    [Test]
    public void ALineOfManyLayersHasTheRangeOfItsBreakpoints()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 10; number++)
        {
            var line = new DeepLine(random, 4);
            using var network = line.Network();
            using var image = line.Image();
            CheckOracle(network, image, line);
            var outputs = line.Curve().Select(point => point.Outputs).ToList();
            CheckRange(network, line.Set, image, outputs, 0.005);
            CheckVerdicts(network, line.Set, image, outputs, line.Curve().First(point => point.Theta == 0).Outputs, 0.005);
        }
    }

    // With three parameters some networks need very many boxes where kinks meet: of 400 the hardest took 6,424 for a gap of 0.02; for
    // 0.005, 3 of 60 took more than 20,000, and one that CI drew more than 100,000.
    [TestCase(1, 8, 0.005)]
    [TestCase(2, 6, 0.005)]
    [TestCase(3, 4, 0.02)]
    public void OneLayerHasTheRangeOfItsActivationPatterns(int dimension, int neurons, double gap)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 3; number++)
        {
            var plane = new KinkedPlane(random, dimension, neurons, 4);
            using var network = plane.Network();
            using var image = KinkedPlane.Image();
            var outputs = plane.Corners().Select(plane.At).ToList();
            foreach (var theta in plane.Set.Box.Sample(500, random))
                Assert.That(
                    plane.At(theta).Select((value, output) => value <= outputs.Max(row => row[output]) + Rounding),
                    Has.All.True,
                    "the oracle");
            CheckRange(network, plane.Set, image, outputs, gap);
            CheckVerdicts(network, plane.Set, image, outputs, plane.At(new double[dimension]), gap);
        }
    }

    private static void CheckOracle(GraphModule network, Tensor image, DeepLine line)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var wide = ProofNetwork.Of(network.Graph);
        var curve = line.Curve();
        var middles = curve
            .Zip(
                curve.Skip(1),
                (from, to) => (Theta: (from.Theta + to.Theta) / 2, Outputs: from.Outputs.Zip(to.Outputs, (a, b) => (a + b) / 2)))
            .ToList();
        var values = wide.forward(line.Set.Apply(image.to(float64), [.. middles.Select(point => new[] { point.Theta })])).Numbers();
        Assert.That(values, Is.EqualTo(middles.SelectMany(point => point.Outputs)).Within(1e-9), "the oracle");
    }

    private static void CheckRange(GraphModule network, SemanticSet set, Tensor image, List<double[]> outputs, double gap)
    {
        using var search = new RangeSearch(
            network.Graph,
            set,
            new RangeSearchOptions
            {
                Gap = gap,
                MaxBoxes = 100_000,
                BoxesPerBatch = 16,
            });
        var result = search.Search(image);
        var width = 0.0;
        for (var output = 0; output < outputs[0].Length; output++)
        {
            double least = outputs.Min(row => row[output]), greatest = outputs.Max(row => row[output]);
            var rounding = Rounding * (1 + Math.Abs(least) + Math.Abs(greatest));
            Assert.That(result.Lower[output], Is.LessThanOrEqualTo(least + rounding));
            Assert.That(result.Upper[output], Is.GreaterThanOrEqualTo(greatest - rounding));
            width += greatest - least;
        }

        // The samples it measures the gap with are 32-bit numbers.
        var found = result.Upper.Zip(result.Lower, (high, low) => high - low).Sum();
        Assert.That(result.Gap, Is.LessThanOrEqualTo(gap), $"{result.Boxes} boxes");
        Assert.That(found, Is.LessThanOrEqualTo((width * (1 + result.Gap)) + (1e-5 * (1 + outputs.Max(row => row.Max(Math.Abs))))));
    }

    private static void CheckVerdicts(
        GraphModule network, SemanticSet set, Tensor image, List<double[]> outputs, double[] clean, double gap)
    {
        double[] reach = [.. Enumerable.Range(0, clean.Length / 2).Select(keypoint => outputs.Max(row => Math.Max(
            Math.Abs(row[2 * keypoint] - clean[2 * keypoint]), Math.Abs(row[(2 * keypoint) + 1] - clean[(2 * keypoint) + 1]))))];
        foreach (var turn in reach.Where(reach => reach > 1e-3))
        {
            foreach (var tolerance in new[] { turn * (1 - (gap / 10)), turn * (1 + (gap / 10)) })
            {
                using var certifier = new Certifier(
                    network,
                    set,
                    tolerance,
                    new CertifierOptions { BoxesPerBatch = 16, MaxBoxes = 100_000 });
                var certificate = certifier.Certify(image);
                foreach (var (claim, distance) in certificate.Claims.Zip(reach))
                {
                    // What is nearer than that is decided by rounding.
                    if (Math.Abs(distance - tolerance) > 1e-5 * (1 + outputs.Max(row => row.Max(Math.Abs))))
                        Assert.That(
                            claim.Verdict,
                            Is.EqualTo(distance > tolerance ? Verdict.Falsified : Verdict.Certified),
                            $"{distance} against {tolerance}, {certificate.Boxes} boxes");
                }
            }
        }
    }
}
