using static TorchSharp.torch;

namespace RobustPruning.Devices;

/// <summary>The entries of windows as rows of a matrix, for operations of libtorch.</summary>
internal static class WindowEntries
{
    /// <summary>
    /// The entries inside the map, as rows of <c>[N·h·w, C]</c>, and their rows in maps as <c>[B·H·W, C]</c>; the caller owns them.
    /// </summary>
    /// <param name="windows"><c>[N, h, w, C]</c>.</param>
    /// <param name="places">Where each lies.</param>
    /// <param name="height">The maps' height H.</param>
    /// <param name="width">The maps' width W.</param>
    public static (Tensor Entries, Tensor MapRows) Inside(Tensor windows, ReadOnlySpan<WindowPlace> places, int height, int width)
    {
        int windowHeight = (int)windows.shape[1], windowWidth = (int)windows.shape[2];
        List<long> entries = [], rows = [];
        for (var symbol = 0; symbol < places.Length; symbol++)
        {
            var place = places[symbol];
            var (top, bottom, left, right) = place.Inside(windowHeight, windowWidth, height, width);
            for (var row = top; row < bottom; row++)
            {
                for (var column = left; column < right; column++)
                {
                    entries.Add((((symbol * (long)windowHeight) + row - place.Row) * windowWidth) + column - place.Column);
                    rows.Add((((place.Box * (long)height) + row) * width) + column);
                }
            }
        }

        return (tensor(entries.ToArray(), device: windows.device), tensor(rows.ToArray(), device: windows.device));
    }
}
