using System.Diagnostics;
using System.Globalization;
using RobustPruning.Onnx.VnnLib;
using RobustPruning.Tests;

namespace RobustPruning.Onnx.Tests.VnnLib;

/// <summary>What specifications mean, against a meaning computed apart, and how fast they are read.</summary>
public sealed class VnnLibSpecificationTests
{
    private const string Small = """
        (declare-const X_0 Real)
        (declare-const X_1 Real)
        (declare-const Y_0 Real)
        (declare-const Y_1 Real)
        (assert (<= X_0 0.5)) (assert (>= X_0 -0.5))
        (assert (<= X_1 1e-1)) (assert (>= X_1 0.1))

        """;

    [Test]
    public void BoxesOfTheSameBitsAreTheSame()
    {
        Assert.That(new InputBounds([0.1, 0], [1, 2]), Is.EqualTo(new InputBounds([0.1, 0], [1, 2])));
        Assert.That(new InputBounds([0.1, 0], [1, 2]), Is.Not.EqualTo(new InputBounds([0.1, -0.0], [1, 2])), "their hashes differ, too");
    }

    /// <summary>Cases hold all that the text calls unsafe; and no more but edges of strict comparisons and what rounds.</summary>
    [Test]
    public void CasesHoldExactlyWhatTheTextCallsUnsafe()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var (unsafePoints, edges, points) = (0, 0, 0);
        for (var number = 0; number < 400; number++)
        {
            var formulas = new RandomFormulas(random, inputs: 2, outputs: 3);
            var (text, holds) = formulas.Specification();
            var specification = VnnLibSpecification.Parse(text);
            for (var point = 0; point < 40; point++)
            {
                // Halves and quarters of tenths: on the edges, or well between them.
                decimal[] x = Point(formulas, 2), y = Point(formulas, 3);
                double[] inputs = [.. x.Select(value => (double)value)], outputs = [.. y.Select(value => (double)value)];
                var expected = holds(x, y);

                // Numbers of the test that are no 64-bit numbers lie beside the edge, to one side or the other.
                if (x.Concat(y).All(value => value % 0.125m == 0))
                    Assert.That(specification.IsUnsafe(inputs, outputs), Is.EqualTo(expected), text);
                if (expected)
                    Assert.That(Contains(specification, inputs, outputs, 1e-12), Is.True, text);
                else if (Contains(specification, inputs, outputs, -1e-9))
                    Assert.Fail($"({string.Join(", ", x)}) ({string.Join(", ", y)}) is in a case of\n{text}");
                points++;
                unsafePoints += expected ? 1 : 0;
                edges += expected && !Contains(specification, inputs, outputs, -1e-9) ? 1 : 0;
            }
        }

        TestContext.Out.WriteLine($"{unsafePoints} of {points} points unsafe, {edges} on an edge");
        Assert.That(unsafePoints, Is.GreaterThan(300));
        Assert.That(edges, Is.GreaterThan(50));

        decimal[] Point(RandomFormulas formulas, int length) => [.. Enumerable.Range(0, length).Select(_ =>
            random.Next(3) == 0 ? random.Next(-8, 9) * 0.125m : formulas.Number() + (random.Next(3) * 0.025m))];
    }

    [Test]
    public void AlternativesOfOneBoxAreOneCase()
    {
        var specification = VnnLibSpecification.Parse(Small + "(assert (or (and (>= Y_0 Y_1) (>= Y_0 2)) (<= Y_1 (- 3.25))))");
        Assert.That((specification.Inputs, specification.Outputs, specification.Cases.Count), Is.EqualTo((2, 2, 1)));
        var one = specification.Cases[0];
        Assert.That(one.Lower, Is.EqualTo(new[] { -0.5, Math.BitDecrement(0.1) }).Or.EqualTo(new[] { -0.5, 0.1 }));
        Assert.That(one.Upper, Is.EqualTo(new[] { 0.5, 0.1 }));
        var regions = one.Property.Regions;
        Assert.That(regions.Select(region => region.Limits), Is.EqualTo(new double[][] { [0, -2], [-3.25] }));
        Assert.That(regions.SelectMany(region => region.Weights), Is.EqualTo(new double[][] { [-1, 1], [-1, 0], [0, 1] }));
        Assert.That(specification.ToString(), Is.EqualTo("1 cases of 2 inputs and 2 outputs"));
    }

    [Test]
    public void BoxesInAlternativesAreCasesOfTheirOwn()
    {
        var specification = VnnLibSpecification.Parse(
            Small
                + "(assert (or (and (<= X_0 0) (<= Y_0 1)) (and (>= X_0 0.25) (<= Y_0 2)) (and (>= X_0 0.25) (<= Y_1 3)) (and (>= X_0 "
                + "0.75) (<= Y_0 4))))");
        Assert.That(
            specification.Cases.Select(one => (one.Lower[0], one.Upper[0], one.Property.Regions.Count)),
            Is.EqualTo(new[] { (-0.5, 0.0, 1), (0.25, 0.5, 2) }));
    }

    [Test]
    public void DecimalsAreRoundedOutwards()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 300; number++)
        {
            var (low, high) = ((decimal)random.NextDouble() - 2, (decimal)random.NextDouble() * 1000);
            var limit = (decimal)random.NextDouble() / 7;
            var one = VnnLibSpecification
                .Parse(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"(declare-const X_0 Real)(declare-const Y_0 Real)(assert (>= X_0 {low}))(assert (<= (* 3 X_0) {high}))(assert "
                        + $"(<= Y_0 {limit}))"))
                .Cases[0];
            Assert.That(ExactDecimal.Of(one.Lower[0]).CompareTo(Exact(low)), Is.Not.Positive);
            Assert.That(ExactDecimal.Of(Math.BitIncrement(one.Lower[0])).CompareTo(Exact(low)), Is.Positive);
            Assert.That((ExactDecimal.Of(one.Upper[0]) * Exact(3)).CompareTo(Exact(high)), Is.Not.Negative);
            Assert.That((ExactDecimal.Of(Math.BitDecrement(one.Upper[0])) * Exact(3)).CompareTo(Exact(high)), Is.Negative);
            Assert.That(ExactDecimal.Of(one.Property.Regions[0].Limits[0]).CompareTo(Exact(limit)), Is.Not.Negative);
            Assert.That(ExactDecimal.Of(Math.BitDecrement(one.Property.Regions[0].Limits[0])).CompareTo(Exact(limit)), Is.Negative);
        }

        static ExactDecimal Exact(decimal value) =>
            ExactDecimal.TryParse(value.ToString(CultureInfo.InvariantCulture), out var exact) ? exact : throw new FormatException();
    }

    [Test]
    public void EqualityIsUnsafeButAStrictComparisonIsJudgedAsWritten()
    {
        foreach (var (name, onEdge) in new[] { ("<=", true), ("<", false) })
        {
            var specification = VnnLibSpecification.Parse(Small + $"(assert ({name} Y_0 Y_1))");
            Assert.That(specification.Cases[0].Property.Regions[0].Limits[0], Is.Zero);
            Assert.That(
                specification.IsUnsafe([0, 0.1], [2, 2]),
                Is.EqualTo(onEdge),
                "0.1 as a 64-bit number is above 0.1, but the next to it");
            Assert.That(specification.IsUnsafe([0, 0.1f], [1, 2]), Is.False, "0.1 as a 32-bit number is too far above it");
            Assert.That(specification.IsUnsafe([0, 0.1], [2, Math.BitIncrement(2)]), Is.True);
            Assert.That(specification.IsUnsafe([0.5, 0.1], [1, 2]), Is.True);
            Assert.That(specification.IsUnsafe([Math.BitIncrement(0.5), 0.1], [1, 2]), Is.False);
            Assert.That(specification.IsUnsafe([0, 0.1], [double.NaN, 2]), Is.False);
            var open = VnnLibSpecification.Parse(Small + "(assert (< X_0 0.5)) (assert (<= Y_0 0))");
            Assert.That(
                (open.IsUnsafe([0.5, 0.1], [0, 0]), open.IsUnsafe([Math.BitDecrement(0.5), 0.1], [0, 0])),
                Is.EqualTo((false, true)));
            Assert.That(() => specification.IsUnsafe([0], [1, 2]), Throws.ArgumentException);
        }
    }

    [Test]
    public void WhatCannotBeIsNoCaseAndWhatIsNotAskedIsUnsafe()
    {
        Assert.That(VnnLibSpecification.Parse(Small + "(assert (>= X_0 0.6))").Cases, Is.Empty);
        Assert.That(VnnLibSpecification.Parse(Small + "(assert (or))").Cases, Is.Empty);
        Assert.That(VnnLibSpecification.Parse(Small + "(assert (<= 1 0))").Cases, Is.Empty);
        Assert.That(VnnLibSpecification.Parse(Small + "(assert (< (- Y_0 Y_0) (- 1)))").Cases, Is.Empty);
        var all = VnnLibSpecification.Parse("(set-logic QF_LRA)" + Small + "(assert (<= 0 1)) (check-sat)").Cases[0].Property;
        Assert.That((all.Regions[0].Weights[0], all.Regions[0].Limits[0]), Is.EqualTo((new double[2], 0.0)));
    }

    [Test]
    public void CoefficientsAreKeptExactly()
    {
        var region = VnnLibSpecification.Parse(Small + "(assert (<= (+ (* 0.1 Y_0) (* 1e2 0.25 Y_1) -1) 0.7))").Cases[0].Property.Regions[
            0
        ];
        Assert.That((region.Weights[0], region.Limits[0]), Is.EqualTo((new double[] { 1, 250 }, 17.0)));
    }

    [TestCase(784, 100_000)]
    [TestCase(3072, 10_000)]
    public void LongFilesAreReadFast(int inputs, int lines)
    {
        var text = string.Join(
            '\n',
            [
                .. Enumerable.Range(0, inputs).Select(input => $"(declare-const X_{input} Real)"),
                .. Enumerable.Range(0, 10).Select(output => $"(declare-const Y_{output} Real)"),
                .. Enumerable
                    .Range(0, lines)
                    .Select(line =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"(assert ({(line / inputs % 2 == 0 ? "<= X" : ">= X")}_{line % inputs} "
                            + $"{(line / inputs % 2 == 0 ? 0.7 : 0.2) + (line * 1e-9)}))")),
                $"(assert (or {string.Concat(Enumerable.Range(1, 9).Select(output => $"(and (>= Y_{output} Y_0))"))}))",
            ]);
        VnnLibSpecification.Parse(text);
        var clock = Stopwatch.StartNew();
        var specification = VnnLibSpecification.Parse(text);
        TestContext.Out.WriteLine($"{text.Length} characters in {clock.ElapsedMilliseconds} ms");
        Assert.That(specification.Cases[0].Property.Regions, Has.Count.EqualTo(9));
        // Half a second of a processor that has nothing else to do; more than this is no longer a matter of a busy machine.
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(15)));
    }

    private static bool Contains(VnnLibSpecification specification, double[] x, double[] y, double slack) => specification.Cases.Any(one =>
        x.Index().All(entry => entry.Item >= one.Lower[entry.Index] - slack && entry.Item <= one.Upper[entry.Index] + slack)
        && one.Property.Regions.Any(region => region.Weights.Zip(region.Limits).All(row =>
            row.First.Zip(y, (weight, value) => weight * value).Sum() <= row.Second + (slack * Math.Max(1, row.First.Sum(Math.Abs))))));
}
