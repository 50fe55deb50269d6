using RobustPruning.Certification;
using RobustPruning.Perturbations;

namespace RobustPruning.Tests.Certification;

/// <summary>The parts of branch and bound, one by one.</summary>
public sealed class SearchPartsTests
{
    private static readonly ParameterBox Unit = new([-1, -1], [1, 1]);

    [Test]
    public void TheSideThatMovesTheValuesIsHalved()
    {
        Assert.That(Side(Unit, theta => [theta[0] + (3 * theta[1])]), Is.EqualTo(1));
        Assert.That(Side(Unit, theta => [(3 * theta[0]) + theta[1]]), Is.EqualTo(0));
        Assert.That(Side(Unit, theta => [5 * theta[0], 9 * theta[1]], 0), Is.EqualTo(0), "only the values that matter count");
        Assert.That(Side(new([-1, -2], [1, 2]), _ => [7]), Is.EqualTo(1), "the longest where nothing moves");
        Assert.That(Side(new([-1, -2], [1, 2]), _ => [double.NaN]), Is.EqualTo(1));
    }

    [Test]
    public void ASideThatMovesNothingIsHalvedOnceItIsFarLonger()
    {
        Assert.That(Side(new([-1.0 / 8, -1], [1.0 / 8, 1]), theta => [theta[0]]), Is.EqualTo(0));
        Assert.That(Side(new([-1.0 / 16, -1], [1.0 / 16, 1]), theta => [theta[0]]), Is.EqualTo(1));
    }

    [Test]
    public void SidesThatCannotBeHalvedAreLeft()
    {
        Assert.That(Side(new([0, -1], [0, 1]), theta => [theta[0]]), Is.EqualTo(1));
        Assert.That(Side(new([0.5, 0.25], [0.5, 0.25]), _ => [0]), Is.EqualTo(-1));
        Assert.That(Side(new([0.5, 0.25], [Math.BitIncrement(0.5), 0.25]), _ => [0]), Is.EqualTo(-1));
    }

    [Test]
    public void ManySidesAreProbedAtTheirEnds()
    {
        var box = new ParameterBox(new double[6], [.. Enumerable.Repeat(1.0, 6)]);
        Assert.That(BoxProbe.Thetas(box), Has.Count.EqualTo(13));
        Assert.That(BoxProbe.Thetas(Unit), Has.Count.EqualTo(5));
        Assert.That(BoxProbe.SideToHalve(box, box, Samples(box, theta => [theta[4]]), [0]), Is.EqualTo(4));
    }

    [Test]
    public void AClimberReachesTheTopAndStaysInTheBox()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var set = SemanticSet.Of(new Brightness(-1, 1), new Contrast(-1, 1));
        for (var number = 0; number < 50; number++)
        {
            double[] top = [.. Unit.Sample(1, random)[0]], slopes = [1 + random.NextDouble(), 1 + random.NextDouble()];
            var climber = new CounterexampleClimber(set, Unit, 0, Unit.Sample(1, random)[0], []);
            var best = double.NegativeInfinity;
            for (var step = 0; step < 60 && !climber.IsDone; step++)
            {
                var theta = climber.Next;
                Assert.That(Unit.Contains(theta));
                var height = -theta.Select((value, k) => slopes[k] * Math.Abs(value - top[k])).Sum();
                best = Math.Max(best, height);
                climber.Take(height, [.. theta.Select((value, k) => -slopes[k] * Math.Sign(value - top[k]))], []);
            }

            Assert.That(best, Is.GreaterThan(-0.01));
        }
    }

    [Test]
    public void AClimberEndsWhereNothingLeadsUp()
    {
        var set = SemanticSet.Of(new Brightness(-1, 1), new Contrast(-1, 1));
        foreach (var (violation, gradient) in new (double, double[])[]
            {
                (-1, [0, 0]), (-1, [double.NaN, -1]), (double.NaN, [double.NaN, double.NaN]), (1, [1, 1]), (-1, [1, -1]),
            })
        {
            var climber = new CounterexampleClimber(set, Unit, 0, [1, -1], []);
            climber.Take(violation, gradient, []);
            Assert.That(climber.IsDone, $"{violation}, {string.Join(" ", gradient)}");
        }

        var other = new CounterexampleClimber(set, Unit, 0, [1, -1], []);
        other.Take(-1, [1, 1], []);
        Assert.That((other.IsDone, other.Next[0], other.Next[1]), Is.EqualTo((false, 1.0, 0.0)), "no step leads out of the box");
    }

    [Test]
    public void AClimberMovesNoiseWithinItsRadiiToo()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var set = SemanticSet.Of(new Brightness(0, 0)).WithNoise(1);
        double[] radii = [1, 0.5, 0, 2], top = [0.3, 0.9, 0.4, -1.7], best = [double.NegativeInfinity];
        var climber = new CounterexampleClimber(set, set.Box, 0, [0], radii, random);
        for (var step = 0; step < 60 && !climber.IsDone; step++)
        {
            Assert.That(climber.Noise.Zip(radii).All(pair => Math.Abs(pair.First) <= pair.Second));
            best[0] = Math.Max(best[0], -climber.Noise.Zip(top).Sum(pair => Math.Abs(pair.First - pair.Second)));
            climber.Take(-1, [0], [.. climber.Noise.Zip(top).Select(pair => (double)Math.Sign(pair.Second - pair.First))]);
        }

        Assert.That(best[0], Is.GreaterThan(-0.4 - 0.4 - 0.01), "the second and the third cannot reach theirs");
    }

    [Test]
    public void TheWorstLeavesComeFirstAndBrokenClaimsCountNoLonger()
    {
        var property = new LinearProperty([[1], [-1]], [0, 0]);
        var ledger = new ClaimLedger(property, [], 2, sample => [sample.Theta[0]]);
        var queue = new LeafQueue(property, [], ledger);
        foreach (var (lower, upper) in new[] { (-9.0, 1.0), (-1.0, 5.0), (-7.0, -1.0), (double.NaN, double.NaN) })
            queue.Add(new Leaf(Unit, [lower, -upper], [upper, -lower]));
        var first = queue.TakeWorst(2);
        Assert.That(first.Select(leaf => leaf.Order), Is.EqualTo(new[] { 3, 0 }), "bounds that are no numbers first");
        first.ForEach(queue.PutBack);
        Assert.That((queue.Open(), queue.OpenClaims().Count), Is.EqualTo((4, 2)));

        // y = -2 breaks the second claim, -y ≤ 0: what is left is how far y itself may reach.
        ledger.Take([new Sample([-2], [-2, 2])]);
        Assert.That(ledger.Undecided, Is.EqualTo(new[] { 0 }));
        Assert.That(queue.Open(), Is.EqualTo(3));
        Assert.That(queue.TakeWorst(9).Select(leaf => leaf.Order), Is.EqualTo(new[] { 3, 1, 0 }));
        Assert.That(queue.Leaves(), Has.Count.EqualTo(1));
    }

    [Test]
    public void ACounterexampleThatTheNetworkDoesNotConfirmIsNone()
    {
        var ledger = new ClaimLedger(new LinearProperty([[1]], [0]), [], 1, _ => [-1e-9]);
        ledger.Take([new Sample([0.5], [1e-9])]);
        Assert.That((ledger.Counterexamples[0], ledger.Undecided.Count), Is.EqualTo(((Counterexample?)null, 1)));
    }

    private static int Side(ParameterBox box, Func<double[], double[]> values, params int[] matter) =>
        BoxProbe.SideToHalve(
            box,
            Unit,
            Samples(box, values),
            matter.Length > 0 ? matter : [.. Enumerable.Range(0, values(box.Centre).Length)]);

    private static List<Sample> Samples(ParameterBox box, Func<double[], double[]> values) =>
        [.. BoxProbe.Thetas(box).Select(theta => new Sample(theta, values(theta)))];
}
