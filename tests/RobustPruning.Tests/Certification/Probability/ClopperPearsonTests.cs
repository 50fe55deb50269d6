using RobustPruning.Certification;

namespace RobustPruning.Tests.Certification.Probability;

public sealed class ClopperPearsonTests
{
    // R: binom.test(k, n, conf.level = c)$conf.int
    [TestCase(3, 10, 0.95, 0.06673951, 0.6524529)]
    [TestCase(1, 10, 0.95, 0.002528579, 0.4450161)]
    [TestCase(5, 5, 0.95, 0.4781762, 1)]
    public void KnownIntervals(long successes, long trials, double confidence, double lower, double upper)
    {
        var interval = ClopperPearson.Interval(successes, trials, confidence);
        Assert.That(interval.Lower, Is.EqualTo(lower).Within(1e-6));
        Assert.That(interval.Upper, Is.EqualTo(upper).Within(1e-6));
    }

    [TestCase(1)]
    [TestCase(30)]
    [TestCase(1_000_000_000)]
    public void WithoutSuccessOrFailureTheLimitIsARoot(long trials)
    {
        var none = ClopperPearson.Interval(0, trials, 0.99);
        Assert.That(none.Lower, Is.Zero);
        Assert.That(Math.Pow(1 - none.Upper, trials), Is.EqualTo(0.005).Within(1e-4).Percent);
        var all = ClopperPearson.Interval(trials, trials, 0.99);
        Assert.That(all.Upper, Is.EqualTo(1));
        Assert.That(1 - all.Lower, Is.EqualTo(none.Upper).Within(1e-6).Percent);
    }

    [Test]
    public void WithoutTrialsNothingIsKnown() => Assert.That(ClopperPearson.Interval(0, 0, 0.9), Is.EqualTo((0.0, 1.0)));

    [Test]
    public void TheTailsAreThoseOfTheBinomialDistribution()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        foreach (var trials in new long[] { 2, 17, 1000, 100_000, 5_000_000 })
        {
            foreach (var successes in new[] { 1, trials / 2, trials - 1, 1 + random.NextInt64(trials - 1) })
            {
                var (lower, upper) = ClopperPearson.Interval(successes, trials, 0.98);
                Check(successes, trials, lower);
                Check(trials - successes, trials, 1 - upper);
            }
        }
    }

    /// <summary>A limit misses with the probability that it may, a last digit less.</summary>
    private static void Check(long successes, long trials, double limit)
    {
        Assert.That(UpperTail(successes, trials, limit), Is.LessThan(0.01 * 1.000001), $"{successes} of {trials}");
        Assert.That(UpperTail(successes, trials, limit + 2e-11), Is.GreaterThan(0.01 * 0.999999), $"{successes} of {trials}");
    }

    [Test]
    public void TheIntervalCoversAsOftenAsItSays()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        foreach (var (probability, trials) in new[] { (0.5, 20), (0.03, 50), (0.98, 200) })
        {
            var covered = 0;
            for (var run = 0; run < 1000; run++)
            {
                var successes = Enumerable.Range(0, trials).Count(_ => random.NextDouble() < probability);
                var (lower, upper) = ClopperPearson.Interval(successes, trials, 0.9);
                covered += lower <= probability && probability <= upper ? 1 : 0;
            }

            // At least 900 are expected; 845 is nearly six standard deviations below.
            Assert.That(covered, Is.GreaterThan(845), $"p = {probability}, n = {trials}");
        }
    }

    /// <summary>P(X ≥ k) of a binomial distribution, summed term by term.</summary>
    private static double UpperTail(long k, long n, double p)
    {
        var term = Math.Exp(MathNet.Numerics.SpecialFunctions.GammaLn(n + 1.0) - MathNet.Numerics.SpecialFunctions.GammaLn(k + 1.0)
            - MathNet.Numerics.SpecialFunctions.GammaLn(n - k + 1.0) + (k * Math.Log(p)) + ((n - k) * Math.Log(1 - p)));
        var sum = 0.0;
        for (var j = k; j <= n && term > 1e-18; j++)
        {
            sum += term;
            term *= (double)(n - j) / (j + 1) * p / (1 - p);
        }

        return sum;
    }
}
