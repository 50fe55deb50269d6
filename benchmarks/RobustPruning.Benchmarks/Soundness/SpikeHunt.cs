using System.Diagnostics;
using RobustPruning.Certification;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>Certifies detectors with hidden spikes, which must never succeed, and mostly ends with the spike found.</summary>
internal static class SpikeHunt
{
    /// <summary>One spike a number: one to three parameters in turn, widths from 1e-2 down to 1e-4 of the box.</summary>
    /// <param name="count">How many spikes.</param>
    /// <param name="seed">The seed of all of them.</param>
    /// <param name="seconds">The time for each.</param>
    /// <param name="told">Told of each; null for no one.</param>
    public static IReadOnlyList<SpikeResult> Run(int count, int seed, double seconds, Action<SpikeResult>? told = null)
    {
        var random = new Random(seed);
        var results = new List<SpikeResult>();
        for (var number = 0; number < count; number++)
        {
            var spike = new HiddenSpike(random, 1 + (number % 3), Math.Pow(10, -2 - (2 * random.NextDouble())));
            if (!(spike.Peak() > HiddenSpike.Tolerance))
                throw new InvalidOperationException($"Spike {number} of seed {seed} is none: it moves by {spike.Peak()}.");
            results.Add(Hunt(spike, seconds));
            told?.Invoke(results[^1]);
        }

        return results;
    }

    private static SpikeResult Hunt(HiddenSpike spike, double seconds)
    {
        using var network = spike.Network();
        using var image = HiddenSpike.Image();
        var options = new CertifierOptions { MaxBoxes = int.MaxValue, TimeLimit = TimeSpan.FromSeconds(seconds), BoxesPerBatch = 16 };
        using var certifier = new Certifier(network, spike.Set, HiddenSpike.Tolerance, options);
        var clock = Stopwatch.StartNew();
        var certificate = certifier.Certify(image);
        return new SpikeResult(
            spike.Set.Dimension, spike.Width, spike.Height, spike.Hidden, certificate.Claims.Single().Verdict, certificate.Boxes,
            clock.Elapsed.TotalSeconds);
    }
}
