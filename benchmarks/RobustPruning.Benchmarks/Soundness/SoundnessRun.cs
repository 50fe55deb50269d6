using System.Diagnostics;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>Many random cases, each from a seed of its own, attacked on several workers; a case that fails is made small.</summary>
internal static class SoundnessRun
{
    /// <summary>Attacks cases.</summary>
    /// <param name="cases">How many.</param>
    /// <param name="seed">The seed of the first case; the next one's is one greater.</param>
    /// <param name="workers">How many at once, each on one thread.</param>
    /// <param name="seconds">When to stop at the latest; what was done until then is reported.</param>
    /// <param name="samples">Random θ for each box of a case.</param>
    /// <param name="told">Told of the cases done, at most every few seconds, and of violations; null for no one.</param>
    /// <param name="change">Changes each domain, for tests of this harness; null to leave them.</param>
    /// <param name="shrinks">How many cases to try at most when one that fails is made small.</param>
    public static SoundnessResult Run(
        int cases, int seed, int workers, double seconds, int samples, Action<string>? told = null,
        Func<IBoundPropagator, IBoundPropagator>? change = null, int shrinks = 1000)
    {
        using var threads = new SingleThreaded();
        var clock = Stopwatch.StartNew();
        var gate = new Lock();
        var failures = new List<SoundnessFailure>();
        var (done, slack, last) = (0, double.PositiveInfinity, 0L);
        SingleThreaded.ForEach(cases, workers, number =>
        {
            if (clock.Elapsed.TotalSeconds > seconds)
                return;
            var failure = Attacked(unchecked(seed + number), samples, change, shrinks, out var least);
            lock (gate)
            {
                (done, slack) = (done + 1, Math.Min(slack, least));
                if (failure is not null)
                {
                    failures.Add(failure);
                    told?.Invoke(failure.ToString());
                }

                if (clock.ElapsedMilliseconds - last > 5000)
                {
                    last = clock.ElapsedMilliseconds;
                    told?.Invoke($"{done} of {cases} cases, {failures.Count} violations, {clock.Elapsed.TotalSeconds:f0} s");
                }
            }
        });
        return new SoundnessResult(done, failures, clock.Elapsed.TotalSeconds, slack);
    }

    /// <summary>What failed in the case of one seed, made small; null if nothing did.</summary>
    private static SoundnessFailure? Attacked(
        int seed, int samples, Func<IBoundPropagator, IBoundPropagator>? change, int shrinks, out double slack)
    {
        var choices = new Choices(seed);
        if (Failure(choices, samples, change, out slack, out _) is null)
            return null;
        var small = Shrinker.Shrink(choices.Made, replay => Failure(new Choices(replay), samples, change, out _, out _), shrinks);
        Failure(new Choices(small), samples, change, out _, out var description);
        return new SoundnessFailure(seed, description!);
    }

    private static Shrinker.Failing? Failure(
        Choices choices, int samples, Func<IBoundPropagator, IBoundPropagator>? change, out double slack, out string? description)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var @case = new SoundnessCase(choices);
        string? wrong;
        try
        {
            var attack = Attack.Run(@case, CaseBounds.Of(@case, change), samples);
            (slack, wrong) = (attack.Slack, attack.Violation?.ToString());
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A valid case must not be refused either.
            (slack, wrong) = (double.NegativeInfinity, error.ToString());
        }

        description = wrong is null ? null : $"{wrong}{Environment.NewLine}{@case}";
        return wrong is null ? null : new Shrinker.Failing([.. @case.Made], [.. @case.Parts], @case.Size);
    }
}
