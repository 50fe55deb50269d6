using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>Enclosures <c>slope·z + offset ± size</c> of activations, one number at a time.</summary>
internal static class DenseRelaxation
{
    public static (Tensor Slope, Tensor Offset, Tensor Size) Of(ActivationNode activation, Tensor lower, Tensor upper)
    {
        var lines = lower.Numbers().Zip(upper.Numbers(), (low, high) => activation switch
        {
            ReluNode => Rectifier(low, high, 0),
            LeakyReluNode leaky => Rectifier(low, high, leaky.NegativeSlope),
            SigmoidNode => SShaped(low, high, z => 1 / (1 + Math.Exp(-z)), z => 1 / (2 + Math.Exp(z) + Math.Exp(-z))),
            ClipNode clip => Clip(low, high, clip.Minimum, clip.Maximum),
            ScalarFunctionNode function =>
                Sampled(low, high, z => ScalarFunctions.Value(function.Function, z), function.Function == ScalarFunction.Hardswish),
            TanhNode => SShaped(low, high, Math.Tanh, z => 1 / (Math.Cosh(z) * Math.Cosh(z))),
            _ => throw new NotSupportedException(activation.ToString()),
        }).ToList();
        return (Values(line => line.Slope), Values(line => line.Offset), Values(line => line.Size));

        Tensor Values(Func<(double Slope, double Offset, double Size), double> value) =>
            tensor(lines.Select(value).ToArray(), lower.shape, dtype: lower.dtype);
    }

    private static (double Slope, double Offset, double Size) Rectifier(double low, double high, double negative)
    {
        if (low >= 0)
            return (1, 0, 0);
        if (high <= 0)
            return (negative, 0, 0);
        var slope = (high - (negative * low)) / (high - low);
        var errorAtEnds = high - (slope * high);
        return (slope, errorAtEnds / 2, Math.Abs(errorAtEnds) / 2);
    }

    /// <summary>
    /// The chord between the ends, where the function is no line, and what it misses there, at the ends and at the kinks.
    /// </summary>
    private static (double Slope, double Offset, double Size) Clip(double low, double high, double minimum, double maximum)
    {
        if (high <= minimum || low >= maximum)
            return (0, high <= minimum ? minimum : maximum, 0);
        if (low >= minimum && high <= maximum)
            return (1, 0, 0);
        var slope = (Math.Clamp(high, minimum, maximum) - Math.Clamp(low, minimum, maximum)) / (high - low);
        double[] errors =
        [
            .. new[] { low, minimum, maximum, high }
                .Where(z => z >= low && z <= high)
                .Select(z => Math.Clamp(z, minimum, maximum) - (slope * z)),
        ];
        return (slope, (errors.Max() + errors.Min()) / 2, (errors.Max() - errors.Min()) / 2);
    }

    /// <summary>The chord's parallels around a dense sample, finer where the first is extreme.</summary>
    private static (double Slope, double Offset, double Size) Sampled(
        double low, double high, Func<double, double> function, bool isHardswish)
    {
        if (isHardswish && (high <= -3 || low >= 3))
            return (low >= 3 ? 1 : 0, 0, 0);
        var slope = high - low > 1e-6 * (Math.Abs(low) + Math.Abs(high))
            ? (function(high) - function(low)) / (high - low)
            : (function(((low + high) / 2) + 1e-4) - function(((low + high) / 2) - 1e-4)) / 2e-4;
        var (least, greatest) = (Extreme(-1), Extreme(1));
        return (slope, (least + greatest) / 2, (greatest - least) / 2);

        double Extreme(int sign)
        {
            double from = low, to = high, place = low;
            for (var round = 0; round < 4; round++)
            {
                double[] places = [.. Enumerable.Range(0, 301).Select(point => from + ((to - from) * point / 300))];
                place = places.MaxBy(z => sign * (function(z) - (slope * z)));
                (from, to) = (Math.Max(low, place - ((to - from) / 300)), Math.Min(high, place + ((to - from) / 300)));
            }

            return function(place) - (slope * place);
        }
    }

    private static (double Slope, double Offset, double Size) SShaped(
        double low, double high, Func<double, double> function, Func<double, double> derivative)
    {
        var slope = Math.Min(derivative(low), derivative(high));
        double atLow = function(low) - (slope * low), atHigh = function(high) - (slope * high);
        return (slope, (atLow + atHigh) / 2, (atHigh - atLow) / 2);
    }
}
