using System.Numerics;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>What it means to avoid regions, against plain arithmetic.</summary>
public sealed class AvoidancePropertyTests
{
    [Test]
    public void ARegionIsReachedWhereAllItsRowsHoldEvenWithEquality()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var (reached, onTheEdge) = (0, 0);
        for (var number = 0; number < 500; number++)
        {
            // Small whole numbers, so that equality is common and sums are exact.
            var regions = Regions(random, outputs: 3, () => random.Next(-2, 3));
            var property = new AvoidanceProperty(regions);
            double[] output = [.. Enumerable.Range(0, 3).Select(_ => (double)random.Next(-2, 3))], values = property.Values(output);
            using var scope = NewDisposeScope();
            var violations = property.Violations(tensor(values, [1, values.Length], dtype: float64), []).Numbers();
            for (var claim = 0; claim < regions.Length; claim++)
            {
                double[] sums = [.. regions[claim].Weights.Select(row => row.Zip(output, (weight, y) => weight * y).Sum())];
                double[] depths = [.. regions[claim].Limits.Zip(sums, (limit, sum) => limit - sum)];
                var violation = property.Violation(values, [], claim);
                var holds = depths.All(depth => depth >= 0);
                Assert.That(violation > 0, Is.EqualTo(holds));

                Assert.That(
                    violation,
                    Is.EqualTo(depths.Zip(regions[claim].Weights, (depth, row) => depth / Scale(row)).Min()).Within(1e-12));
                Assert.That(violations[claim], Is.EqualTo(violation));
                reached += holds ? 1 : 0;
                onTheEdge += holds && violation < 1e-6 ? 1 : 0;
            }
        }

        TestContext.Out.WriteLine($"{reached} reached, {onTheEdge} on the edge");
        Assert.That((reached, onTheEdge), Is.GreaterThan((50, 20)));
    }

    [Test]
    public void BoundsProveAClaimIfOneRowCannotHold()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var proved = 0;
        for (var number = 0; number < 500; number++)
        {
            var regions = Regions(random, outputs: 2, () => random.Next(-2, 3));
            var property = new AvoidanceProperty(regions);
            double[] lower = [.. property.Values([0, 0]).Select(_ => (double)random.Next(-3, 4))],
                upper = [.. lower.Select(low => low + random.Next(3))];
            var first = 0;
            for (var claim = 0; claim < regions.Length; claim++)
            {
                var impossible = regions[claim]
                    .Limits.Index()
                    .Any(row => lower[first + row.Index] > row.Item / Scale(regions[claim].Weights[row.Index]));
                Assert.That(property.WorstViolation(lower, upper, [], claim) <= 0, Is.EqualTo(impossible));
                Assert.That(property.ValuesOf(claim), Is.EqualTo(Enumerable.Range(first, regions[claim].Limits.Count)));
                first += regions[claim].Limits.Count;
                proved += impossible ? 1 : 0;
            }
        }

        Assert.That(proved, Is.InRange(50, 1400));
    }

    [Test]
    public void TheLeastNumberBeyondTheEdgeIsOutside()
    {
        foreach (var limit in new[] { 0, 1, -1, 1e-300, double.MaxValue / 4, -1e300 })
        {
            var property = new AvoidanceProperty([new OutputRegion([[1]], [limit])]);
            Assert.That(property.WorstViolation([limit], [double.MaxValue], [], 0) <= 0, Is.False);
            Assert.That(property.WorstViolation([Math.BitIncrement(limit)], [double.MaxValue], [], 0) <= 0, Is.True);
            Assert.That(property.Violation([limit], [], 0), Is.Positive);
            Assert.That(property.Violation([Math.BitIncrement(limit)], [], 0), Is.Not.Positive);
        }
    }

    [Test]
    public void WeightsThat32BitNumbersCannotHoldArePartsThatAddUp()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        double[] weights =
        [
            0.1, 1 + Math.Pow(2, -30), 1.0 / 3, 16777217, 1e30, -7e-20, Math.PI,
            .. Enumerable.Range(0, 200).Select(_ => random.NextDouble() - 0.5),
        ];
        foreach (var weight in weights)
        {
            var row = AvoidanceRow.Of([weight, 1], 3, 5);
            var scale = row.Parts.Sum(part => part[1]);
            Assert.That(Math.Log2(scale) % 1, Is.Zero, "a power of two");
            Assert.That(Math.Max(scale, Math.Abs(row.Parts[0][0])), Is.InRange(1, 2));
            Assert.That(row.Parts.SelectMany(part => part), Has.All.Matches<double>(part => part == (float)part));
            Assert.That(row.Parts.Reverse().Sum(part => part[0]), Is.EqualTo(weight * scale));
            Assert.That(row.Outside, Is.EqualTo(Math.BitIncrement(3 * scale)));
            Assert.That(row.Values, Is.EqualTo(Enumerable.Range(5, row.Parts.Count)));
        }

        Assert.That(AvoidanceRow.Of([0.5, -3, 0], 1, 0).Parts, Has.Count.EqualTo(1));
    }

    /// <summary>The limit would lose digits among the smallest 64-bit numbers, or leave their range.</summary>
    [TestCase(1e10, 1.2345678e-305)]
    [TestCase(1e-10, 1.5e308)]
    public void ARowThatCannotBeScaledExactlyStaysAsItIs(double weight, double limit)
    {
        var row = AvoidanceRow.Of([weight], limit, 0);
        Assert.That((row.Parts.Sum(part => part[0]), row.Outside), Is.EqualTo((weight, Math.BitIncrement(limit))));
    }

    [Test]
    public void PartsAreAddedOutwards()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var proved = 0;
        for (var number = 0; number < 2000; number++)
        {
            double[] lower = [.. Enumerable.Range(0, 3).Select(part => (random.NextDouble() - 0.5) * Math.Pow(2, -random.Next(20) * part))];
            var limit = lower.Sum() + (random.Next(-2, 3) * Math.Pow(2, -53));
            var row = new AvoidanceRow(0, [[0], [0], [0]], Math.BitIncrement(limit));
            var depth = row.GreatestDepth(lower, lower);
            Assert.That(depth, Is.EqualTo(limit - lower.Sum()).Within(1e-15));
            if (depth > 0)
                continue;
            proved++;
            Assert.That(lower.Aggregate(BigInteger.Zero, (sum, value) => sum + Exact(value)), Is.GreaterThan(Exact(limit)));
        }

        Assert.That(proved, Is.InRange(100, 1900));

        static BigInteger Exact(double value) => new(Math.ScaleB(value, 300));
    }

    /// <summary>
    /// y reaches from 4 to 6, so (1 − 2⁻³⁰) y down to 4 − 3.7e-9: with the weight rounded to 1, less would be said to be out of reach.
    /// </summary>
    [TestCase(3e-9, false)]
    [TestCase(6e-9, true)]
    public void AWeightIsNotRounded(double below, bool avoided)
    {
        using var network = PlantedDetector.Sensitive();
        using var scope = NewDisposeScope();
        var property = new AvoidanceProperty([new OutputRegion([[1 - Math.Pow(2, -30), 0, 0, 0]], [4 - below])]);
        using var copy = ProofNetwork.Of(network.Graph, property);
        using var noGradient = no_grad();
        using var images = SemanticSet
            .Of(new Brightness(-0.1, 0.1))
            .Enclose(PlantedDetector.Grey().to(float64), new ParameterBox([-0.1], [0.1]));
        var bounds = new LeafProof(copy.Graph).Bound(images);
        Assert.That(property.WorstViolation(bounds.Lower, bounds.Upper, [], 0) <= 0, Is.EqualTo(avoided));
    }

    [Test]
    public void ALayerBehindTheNetworkGivesTheSameValues()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", nn.Linear(4, 3)));
        var graph = Graph.Of(network, 1, 2, 2);
        var property = new AvoidanceProperty([new OutputRegion([[1, -1, 0], [0.1, 0, 2]], [0, 1]), new OutputRegion([[0, 0, 1]], [2])]);
        var images = rand(2, 1, 2, 2);
        var outputs = graph.Forward(images).Numbers().Chunk(3).SelectMany(property.Values).ToArray();
        Assert.That(property.Extend(graph).Forward(images).Numbers(), Is.EqualTo(outputs).Within(1e-6));
        Assert.That(
            (property.Claims(3), property.Name(1), property.ToString()),
            Is.EqualTo((2, "region 1", "2 regions to avoid on 3 outputs")));
        Assert.That(property.Regions[0].ToString(), Is.EqualTo("2 constraints on 3 outputs"));
    }

    [Test]
    public void WrongRegionsAreRefused()
    {
        Assert.That(() => new AvoidanceProperty([]), Throws.ArgumentException.With.Message.Contains("no region"));
        Assert.That(
            () =>
                new AvoidanceProperty([
                    new(
                        [
                            [1],
                        ],
                        [0]),
                    new(
                        [
                            [1, 2],
                        ],
                        [0]),
                ]),
            Throws.ArgumentException.With.Message.Contains("about 2 outputs"));
        Assert.That(() => new AvoidanceProperty([new([[1e300, 1]], [0])]), Throws.ArgumentException.With.Message.Contains("1E+300"));
        Assert.That(() => new AvoidanceProperty([new([[1e-60, 1]], [0])]), Throws.ArgumentException.With.Message.Contains("1E-60"));
        Assert.That(() => new AvoidanceProperty([new([[1e300, 0]], [0]), new([[0, 1e-60]], [0])]), Throws.Nothing);
        Assert.That(() => new OutputRegion([], []), Throws.ArgumentException);
        Assert.That(() => new OutputRegion([[1, 2], [1]], [0, 0]), Throws.ArgumentException.With.Message.Contains("1 weights"));
        Assert.That(() => new OutputRegion([[1]], [0, 1]), Throws.ArgumentException.With.Message.Contains("2 limits"));
        Assert.That(() => new OutputRegion([[1]], [double.NaN]), Throws.ArgumentException.With.Message.Contains("NaN"));
        using var network = PlantedDetector.Cancelling();
        Assert.That(
            () => new Certifier(network.Graph, PlantedDetector.Light(), new AvoidanceProperty([new([[1, 0, 0]], [0])])),
            Throws.TypeOf<GraphException>().With.Message.Contains("the regions are of 3 values"));
    }

    /// <summary>What a row of whole numbers up to 2 is divided by.</summary>
    private static double Scale(IReadOnlyList<double> row) => Math.Max(1, row.Max(Math.Abs));

    private static OutputRegion[] Regions(Random random, int outputs, Func<double> number) =>
        [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        {
            var rows = random.Next(1, 4);
            return new OutputRegion(
                [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, outputs).Select(_ => number()).ToArray())],
                [.. Enumerable.Range(0, rows).Select(_ => number())]);
        })];
}
