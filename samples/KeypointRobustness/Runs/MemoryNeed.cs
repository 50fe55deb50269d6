using System.Globalization;
using RobustPruning.Data;
using RobustPruning.Models;

namespace KeypointRobustness.Runs;

/// <summary>What a training will need, known before it begins.</summary>
internal static class MemoryNeed
{
    private const int FloatBytes = 4;

    // A weight with its gradient and Adam's two means; an activation with its gradient and the copies that augmentation and losses make.
    private const int NumbersOfAWeight = 4;
    private const int NumbersOfAnActivation = 6;
    private const double Gigabyte = 1 << 30;
    private static readonly double[] Widths = [0.25, 0.5, 1];

    /// <summary>Refuses a network whose training needs more memory than there is.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="options">Its options.</param>
    /// <param name="batch">Images in a training step.</param>
    /// <exception cref="DataException">It does; the message says how much.</exception>
    public static void Require(string name, Cnn7Options options, int batch)
    {
        // Small networks tell how weights and neurons grow with the width: like a quadratic, and like a line.
        if (options.WidthMultiplier <= Widths[^1] || !double.IsFinite(options.WidthMultiplier))
            return;
        var samples = Widths.Select(width =>
        {
            using var small = Networks.Create(name, options with { WidthMultiplier = width });
            return (Weights: (double)small.Graph.Parameters, Neurons: (double)small.Graph.Nodes.Sum(node => node.Neurons));
        }).ToArray();
        double weights = Extrapolated(sample => sample.Weights), neurons = Extrapolated(sample => sample.Neurons);
        var need = FloatBytes * ((weights * NumbersOfAWeight) + (neurons * NumbersOfAnActivation * batch));
        var there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (need > there)
        {
            throw new DataException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--width {options.WidthMultiplier} makes a {name} of about {weights / 1e6:#,0} million weights, whose training "
                    + $"needs about {need / Gigabyte:#,0} GB of memory; this machine has {there / Gigabyte:0.#} GB. Give a smaller "
                    + $"--width, --size or --batch."));
        }

        double Extrapolated(Func<(double Weights, double Neurons), double> of)
        {
            var values = samples.Select(of).ToArray();
            var sum = 0.0;
            for (var i = 0; i < Widths.Length; i++)
            {
                var term = values[i];
                for (var j = 0; j < Widths.Length; j++)
                    term *= i == j ? 1 : (options.WidthMultiplier - Widths[j]) / (Widths[i] - Widths[j]);
                sum += term;
            }

            return sum;
        }
    }
}
