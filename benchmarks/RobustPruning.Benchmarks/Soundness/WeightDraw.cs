using RobustPruning.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>Draws weights that are hard on bounds: large, tiny, cancelling, equal, and shifts that put neurons on their kinks.</summary>
internal sealed class WeightDraw(Choices choices)
{
    /// <summary>Fills a layer's weight and bias.</summary>
    public void Fill(Tensor weight, Tensor? bias)
    {
        var random = choices.Numbers();
        var fan = (int)(weight.numel() / weight.shape[0]);
        Set(weight, Weights(random, (int)weight.shape[0], fan));
        if (bias is not null)
            Set(bias, Shifts(random, (int)bias.numel()));
    }

    /// <summary>Fills a normalisation, whose statistics need not fit its input.</summary>
    public void Fill(BatchNorm2d module)
    {
        var random = choices.Numbers();
        var channels = (int)module.num_features;
        double mean = choices.Pick(0.5, 0, 1e3), variance = choices.Pick(1, 1e-6, 0, 1e4);
        Set(module.weight!, Weights(random, channels, 1));
        Set(module.bias!, Shifts(random, channels));
        Set(module.running_mean!, Normals(random, channels, mean));
        Set(module.running_var!, [.. Normals(random, channels, variance).Select(Math.Abs)]);
    }

    /// <summary>Takes from the shifts what the layer gives on average, perhaps: its values then nearly cancel.</summary>
    /// <param name="bias">The shifts, one a channel.</param>
    /// <param name="value">Gives the layer's value on the clean image, <c>[1, C, ...]</c>.</param>
    public void Centre(Tensor? bias, Func<Tensor> value)
    {
        if (bias is null || !choices.OneIn(4))
            return;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var mean = value().reshape(bias.shape[0], -1).mean([1]);
        bias.sub_(where(mean.isfinite(), mean, zeros_like(mean)));
    }

    private double[] Weights(Random random, int rows, int columns)
    {
        var count = rows * columns;
        var plain = Normals(random, count, 1.5 / Math.Sqrt(columns));
        switch (choices.Below(12))
        {
            case < 6:
                return plain;
            case 6:
                return [.. plain.Select(value => Math.Round(value))];
            case 7:
                return [.. plain.Select(value => value * 1e3)];
            case 8:
                return [.. plain.Select(value => value * Math.Pow(10, -6 - (6 * choices.Unit())))];

            // Neighbours of nearly opposite sign, large beside their sum.
            case 9:
            {
                var large = Math.Pow(10, 3 + choices.Unit());
                return [.. plain.Select((value, index) => index % 2 == 0 ? value * large : (-plain[index - 1] * large) + value)];
            }

            // Each row the same.
            case 10:
                return [.. plain.Select((_, index) => plain[index % columns])];

            // Beyond 32-bit numbers once two such layers meet.
            case 11 when choices.OneIn(3):
                return [.. plain.Select(value => value * 1e25)];

            // Magnitudes far apart.
            default:
                return [.. plain.Select(value => value * Math.Pow(10, 8 * (random.NextDouble() - 0.5)))];
        }
    }

    private double[] Shifts(Random random, int count) => choices.Below(8) switch
    {
        < 3 => Normals(random, count, 0.3),
        3 => new double[count],
        4 => Normals(random, count, 1e4),
        5 => Normals(random, count, 1e-20),
        6 => [.. Enumerable.Repeat(-1e3, count)],
        _ => [.. Normals(random, count, 1).Select(value => Math.Round(value))],
    };

    private static double[] Normals(Random random, int count, double size) => [.. Enumerable.Range(0, count)
        .Select(_ => size * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];

    private static void Set(Tensor target, double[] values)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        target.copy_(tensor(values, target.shape, dtype: target.dtype));
    }
}
