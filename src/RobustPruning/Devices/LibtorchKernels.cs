using static TorchSharp.torch;

namespace RobustPruning.Devices;

/// <summary>The kernels in libtorch's own operations: any device, and slow and obvious enough to test others against.</summary>
internal sealed class LibtorchKernels : IBoundKernels
{
    public string Name => "libtorch";

    public void AddAbsoluteWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor sum)
    {
        using var scope = NewDisposeScope();
        var inside = Entries(windows, places, (int)sum.shape[1], (int)sum.shape[2], wanted: true, out var mapRows);
        sum.view(-1, sum.shape[3]).index_add_(0, mapRows, windows.reshape(-1, windows.shape[3]).index_select(0, inside).abs(), 1);
    }

    public Tensor ScaleWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor slope)
    {
        using var scope = NewDisposeScope();
        var inside = Entries(windows, places, (int)slope.shape[1], (int)slope.shape[2], wanted: true, out var mapRows);
        var entries = windows.reshape(-1, windows.shape[3]);
        var scaled = entries.index_select(0, inside) * slope.reshape(-1, slope.shape[3]).index_select(0, mapRows);
        return zeros_like(entries).index_copy(0, inside, scaled).reshape(windows.shape).MoveToOuterDisposeScope();
    }

    public void ClearOutside(Tensor windows, ReadOnlySpan<WindowPlace> places, int height, int width)
    {
        using var scope = NewDisposeScope();
        var outside = Entries(windows, places, height, width, wanted: false, out _);
        if (outside.numel() > 0)
            windows.view(-1, windows.shape[3]).index_fill_(0, outside, 0);
    }

    public void AddRows(Tensor rows, ReadOnlySpan<int> targets, Tensor result)
    {
        using var scope = NewDisposeScope();
        var index = new long[targets.Length];
        for (var row = 0; row < index.Length; row++)
            index[row] = targets[row];
        result.index_add_(0, tensor(index, device: rows.device), rows, 1);
    }

    /// <summary>The window entries inside (or outside) the map, as rows of [N·h·w, C], and their rows in a map as [B·H·W, C].</summary>
    private static Tensor Entries(Tensor windows, ReadOnlySpan<WindowPlace> places, int height, int width, bool wanted, out Tensor mapRows)
    {
        int windowHeight = (int)windows.shape[1], windowWidth = (int)windows.shape[2];
        List<long> entries = [], rows = [];
        for (var symbol = 0; symbol < places.Length; symbol++)
        {
            for (var y = 0; y < windowHeight; y++)
            {
                for (var x = 0; x < windowWidth; x++)
                {
                    int row = places[symbol].Row + y, column = places[symbol].Column + x;
                    if ((row >= 0 && row < height && column >= 0 && column < width) != wanted)
                        continue;
                    entries.Add((((symbol * (long)windowHeight) + y) * windowWidth) + x);
                    rows.Add((((places[symbol].Box * (long)height) + row) * width) + column);
                }
            }
        }

        mapRows = tensor(rows.ToArray(), device: windows.device);
        return tensor(entries.ToArray(), device: windows.device);
    }
}
