using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Devices;

/// <summary>Steps of the tensor domain in libtorch's own operations: slow and obvious.</summary>
internal static class LibtorchKernels
{
    public static void AddAbsoluteWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor sum)
    {
        using var scope = NewDisposeScope();
        var (inside, mapRows) = WindowEntries.Inside(windows, places, (int)sum.shape[1], (int)sum.shape[2]);
        sum.view(-1, sum.shape[3])
            .index_add_(0, mapRows, windows.reshape(-1, windows.shape[3]).index_select(0, inside).abs(), Scalars.Of(1));
    }

    public static Tensor ScaleWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor slope)
    {
        using var scope = NewDisposeScope();
        var (inside, mapRows) = WindowEntries.Inside(windows, places, (int)slope.shape[1], (int)slope.shape[2]);
        var entries = windows.reshape(-1, windows.shape[3]);
        var scaled = entries.index_select(0, inside) * slope.reshape(-1, slope.shape[3]).index_select(0, mapRows);
        return zeros_like(entries).index_copy(0, inside, scaled).reshape(windows.shape).MoveToOuterDisposeScope();
    }

    public static void ClearOutside(Tensor windows, ReadOnlySpan<WindowPlace> places, int height, int width)
    {
        using var scope = NewDisposeScope();
        var entries = windows.view(-1, windows.shape[3]);
        var (inside, _) = WindowEntries.Inside(windows, places, height, width);
        var outside = ones([entries.shape[0]], device: windows.device).index_fill_(0, inside, Scalars.Of(0)).nonzero().flatten();
        if (outside.numel() > 0)
            entries.index_fill_(0, outside, Scalars.Of(0));
    }

    public static void Convolve(
        Tensor windows, WindowPlace[] places, Tensor? active, Tensor weights, ConvolutionShape shape, Tensor result,
        WindowPlace[] newPlaces)
    {
        using var scope = NewDisposeScope();
        var entries = windows.reshape(-1, windows.shape[3]);
        var targets = result.view(-1, result.shape[3]);
        for (var tap = 0; tap < shape.Rows.Kernel * shape.Columns.Kernel; tap++)
        {
            using var step = NewDisposeScope();
            var (from, to) = Readers(windows, places, shape, result, newPlaces, tap / shape.Columns.Kernel, tap % shape.Columns.Kernel);
            if (from.Count == 0)
                continue;
            var sources = entries.index_select(0, tensor(from.ToArray(), device: windows.device));
            targets.index_add_(
                0,
                tensor(to.ToArray(), device: windows.device),
                sources.mm(weights[tap / shape.Columns.Kernel][tap % shape.Columns.Kernel]),
                Scalars.Of(1));
        }
    }

    public static ReluRelaxation RelaxRelu(OutwardZonotope zonotope, ScalarType type, double underflow)
    {
        using var scope = NewDisposeScope();
        var (centre, generators, remainder, _, error) = zonotope;
        var symbols = zonotope.SymbolRadius ?? zeros_like(centre);
        Tensor spread = generators.abs().sum(1),
            extent = centre.abs().Plus(spread),
            radius = spread.Plus(symbols).Plus(EachValue(error, centre));
        if (remainder is not null)
            radius = radius.Plus(remainder);
        radius = radius.Plus(centre.abs().Plus(radius) * Scalars.Of(Rounding.Arithmetic));
        Tensor lower = centre - radius, upper = centre.Plus(radius), nothing = zeros_like(centre);

        // Any slope from 0 to 1 will do, so it is one that the symbols' type can hold.
        var unstable = lower.lt(Scalars.Of(0)).logical_and(upper.gt(Scalars.Of(0)));
        var share = (upper / (upper - lower)).to(type).to(float64);
        var slope = where(unstable, where(share.gt(Scalars.Of(1e-30)), share, nothing), upper.gt(Scalars.Of(0)).to(float64));
        var size = Rounding.Up(where(unstable, (-slope * lower).maximum((Scalars.Of(1) - slope) * upper) / Scalars.Of(2), nothing), type);
        var wide = size.to(float64);
        Tensor lost = (extent * slope).Plus(wide) * Scalars.Of(Rounding.OneStep),
            lostBySymbols = (symbols * slope * Scalars.Of(Rounding.Epsilon(type))).Plus(
                slope.gt(Scalars.Of(0)).to(float64) * Scalars.Of(underflow));
        if (type == float64)
            (lost, lostBySymbols) = (lost.Plus(lostBySymbols), nothing);
        return new ReluRelaxation(
            lower.MoveToOuterDisposeScope(),
            upper.MoveToOuterDisposeScope(),
            slope.to(type, copy: true).MoveToOuterDisposeScope(),
            size.MoveToOuterDisposeScope(),
            (centre * slope).Plus(wide).MoveToOuterDisposeScope(),
            (generators * slope.unsqueeze(1)).MoveToOuterDisposeScope(),
            HasRemainder(zonotope, type)
                ? (((remainder ?? nothing) * slope).Plus(lostBySymbols) * Scalars.Of(1 + Rounding.Arithmetic)).MoveToOuterDisposeScope()
                : null,
            (symbols * slope * Scalars.Of(1 + (2 * Rounding.Epsilon(type)))).Plus(wide).MoveToOuterDisposeScope(),
            (
                (slope.flatten(1).amax([1]) * error).Plus(EuclideanNorm.Upper(lost)) * Scalars.Of(1 + Rounding.Arithmetic))
                    .MoveToOuterDisposeScope());
    }

    public static Tensor Uncertainty(OutwardZonotope zonotope, double own, double symbols)
    {
        using var scope = NewDisposeScope();
        var uncertain = zonotope.Centre.abs().Plus(zonotope.Generators.abs().sum(1)) * Scalars.Of(own);
        if (zonotope.SymbolRadius is not null)
            uncertain = uncertain.Plus(zonotope.SymbolRadius * Scalars.Of(symbols));
        return (EuclideanNorm.Upper(uncertain) * Scalars.Of(1 + Rounding.Arithmetic)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether there is a remainder behind a ReLU: what symbols of few digits lose is one.</summary>
    internal static bool HasRemainder(OutwardZonotope zonotope, ScalarType type) =>
        zonotope.Remainder is not null || (zonotope.SymbolRadius is not null && type != float64);

    private static Tensor EachValue(Tensor error, Tensor values) => error.reshape([-1, .. Enumerable.Repeat(1L, (int)values.dim() - 1)]);

    /// <summary>The window entries that some output reads at a tap, as rows of [N·h·w, C], and that output's row in [N·h'·w', F].</summary>
    private static (List<long> From, List<long> To) Readers(
        Tensor windows, WindowPlace[] places, ConvolutionShape shape, Tensor result, WindowPlace[] newPlaces, int tapRow, int tapColumn)
    {
        List<long> from = [], to = [];
        for (var symbol = 0; symbol < places.Length; symbol++)
        {
            var place = places[symbol];
            var (top, bottom, left, right) = place.Inside((int)windows.shape[1], (int)windows.shape[2], shape.Height, shape.Width);
            for (var row = top; row < bottom; row++)
            {
                for (var column = left; column < right; column++)
                {
                    int outputRow = shape.Rows.Output(row, tapRow), outputColumn = shape.Columns.Output(column, tapColumn);
                    if (outputRow < 0 || outputRow >= shape.NewHeight || outputColumn < 0 || outputColumn >= shape.NewWidth)
                        continue;
                    from.Add((((symbol * windows.shape[1]) + row - place.Row) * windows.shape[2]) + column - place.Column);
                    to.Add(
                        (((symbol * result.shape[1]) + outputRow - newPlaces[symbol].Row) * result.shape[2])
                            + outputColumn
                            - newPlaces[symbol].Column);
                }
            }
        }

        return (from, to);
    }
}
