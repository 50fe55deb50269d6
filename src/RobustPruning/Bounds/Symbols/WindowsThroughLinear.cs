using RobustPruning.Devices;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Windows of a flattened map through a linear layer. The entries of all windows are sorted by their place in the map, and each place's
/// entries are multiplied by the weights of that place alone: nothing is multiplied by zero, and every weight is read once.
/// </summary>
internal static class WindowsThroughLinear
{
    /// <summary>The generators <c>[N, F']</c> after the layer.</summary>
    public static Tensor Apply(LinearNode node, Tensor values, WindowPlace[] places, IReadOnlyList<long> map)
    {
        int height = (int)map[1], width = (int)map[2], area = height * width;
        var (starts, entries, symbols) = SortByPlace(places, (int)values.shape[1], (int)values.shape[2], height, width);
        var rows = values.reshape(-1, map[0]).index_select(0, tensor(entries, device: values.device));
        var weights = node.PlaceWeights(area);
        var result = zeros([places.Length, node.Channels], dtype: values.dtype, device: values.device);
        for (var place = 0; place < area; place++)
        {
            int first = starts[place], count = starts[place + 1] - first;
            if (count == 0)
                continue;
            using var product = rows.narrow(0, first, count).mm(weights[place]);
            BoundKernels.For(values).AddRows(product, symbols.AsSpan(first, count), result);
        }

        return result;
    }

    /// <summary>A counting sort: for each place of the map, where its entries start; each entry's row in the windows; its symbol.</summary>
    private static (int[] Starts, long[] Entries, int[] Symbols) SortByPlace(WindowPlace[] places, int windowHeight, int windowWidth, int height, int width)
    {
        var starts = new int[(height * width) + 1];
        ForEach((place, _, _) => starts[place + 1]++);
        for (var place = 0; place < height * width; place++)
            starts[place + 1] += starts[place];
        var next = starts[..^1];
        var entries = new long[starts[^1]];
        var symbols = new int[starts[^1]];
        ForEach((place, entry, symbol) =>
        {
            var at = next[place]++;
            entries[at] = entry;
            symbols[at] = symbol;
        });
        return (starts, entries, symbols);

        void ForEach(Action<int, long, int> visit)
        {
            for (var symbol = 0; symbol < places.Length; symbol++)
            {
                for (var y = 0; y < windowHeight; y++)
                {
                    var row = places[symbol].Row + y;
                    if (row < 0 || row >= height)
                        continue;
                    for (var x = 0; x < windowWidth; x++)
                    {
                        var column = places[symbol].Column + x;
                        if (column >= 0 && column < width)
                            visit((row * width) + column, (((symbol * (long)windowHeight) + y) * windowWidth) + x, symbol);
                    }
                }
            }
        }
    }
}
