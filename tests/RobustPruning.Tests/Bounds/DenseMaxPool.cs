using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>Max pooling as a running maximum over the entries of a window, row by row, each entry gathered by its index.</summary>
internal static class DenseMaxPool
{
    public static DenseZonotope Apply(MaxPoolDescription pool, DenseZonotope input, IReadOnlyList<long> shape, DenseSymbolTable symbols)
    {
        DenseZonotope? greatest = null;
        long[]? places = null;
        for (var row = 0L; row < pool.Kernel[0]; row++)
        {
            for (var column = 0L; column < pool.Kernel[1]; column++)
            {
                var entry = Places(pool, input.Centre.shape, shape, row, column);
                var candidate = input.Gather(entry, shape);
                greatest = greatest is null ? candidate : Greater(greatest, places!, candidate, entry, symbols);
                places = places is null ? entry : [.. places.Zip(entry, Math.Max)];
            }
        }

        return Mixed(greatest!, pool, input, symbols);
    }

    /// <summary>
    /// A mixture with the box [max l, max u]: the box alone where it is at most half as wide, none of it where it is at least three
    /// quarters.
    /// </summary>
    private static DenseZonotope Mixed(DenseZonotope greatest, MaxPoolDescription pool, DenseZonotope input, DenseSymbolTable symbols)
    {
        var (lower, upper) = greatest.Limits();
        var (inputLower, inputUpper) = input.Limits();
        double[] low = Greatest(inputLower), high = Greatest(inputUpper);
        double[] slope = new double[low.Length], offset = new double[low.Length], size = new double[low.Length];
        double[] widths = (upper - lower).Numbers();
        for (var index = 0; index < low.Length; index++)
        {
            var box = high[index] - low[index];
            var share = box >= 0.75 * widths[index] ? 1 : box <= 0.5 * widths[index] ? 0 : ((box / widths[index]) - 0.5) / 0.25;
            (slope[index], offset[index], size[index]) = (share, (1 - share) * (low[index] + high[index]) / 2, (1 - share) * box / 2);
        }

        return greatest.Relax(Values(slope), Values(offset), Values(size), symbols);

        Tensor Values(double[] numbers) => tensor(numbers, lower.shape, dtype: lower.dtype);

        double[] Greatest(Tensor values) => nn.functional.max_pool2d(
            values, [.. pool.Kernel], [.. pool.Stride], [.. pool.Padding], [.. pool.Dilation]).Numbers();
    }

    /// <summary>max(a, b) = a + relu(b − a), but where one of them is padding.</summary>
    private static DenseZonotope Greater(
        DenseZonotope first, long[] firstPlaces, DenseZonotope second, long[] secondPlaces, DenseSymbolTable symbols)
    {
        var (lower, upper) = second.Add(first.Times(-1), symbols).Limits();
        double[] low = lower.Numbers(), high = upper.Numbers();
        var neurons = firstPlaces.Length;
        double[] share = new double[low.Length], error = new double[low.Length];
        for (var index = 0; index < low.Length; index++)
        {
            if (firstPlaces[index % neurons] < 0 || secondPlaces[index % neurons] < 0)
                share[index] = secondPlaces[index % neurons] >= 0 ? 1 : 0;
            else if (low[index] >= 0 || high[index] <= 0)
                share[index] = low[index] >= 0 ? 1 : 0;
            else
                (share[index], error[index]) = (
                    high[index] / (high[index] - low[index]),
                    -high[index] * low[index] / (high[index] - low[index]) / 2);
        }

        Tensor shares = tensor(share, lower.shape, dtype: lower.dtype), size = tensor(error, lower.shape, dtype: lower.dtype);
        return first.Times(1 - shares).Add(second.Times(shares), symbols).Relax(ones_like(shares), size, size, symbols);
    }

    /// <summary>For each value of the result the place of its entry among the flattened input values, −1 in the padding.</summary>
    private static long[] Places(MaxPoolDescription pool, long[] input, IReadOnlyList<long> shape, long row, long column)
    {
        var places = new List<long>();
        for (var channel = 0L; channel < shape[0]; channel++)
        {
            for (var y = 0L; y < shape[1]; y++)
            {
                for (var x = 0L; x < shape[2]; x++)
                {
                    long down = (y * pool.Stride[0]) - pool.Padding[0] + (row * pool.Dilation[0]);
                    long across = (x * pool.Stride[1]) - pool.Padding[1] + (column * pool.Dilation[1]);
                    var inside = down >= 0 && down < input[2] && across >= 0 && across < input[3];
                    places.Add(inside ? (((channel * input[2]) + down) * input[3]) + across : -1);
                }
            }
        }

        return [.. places];
    }
}
