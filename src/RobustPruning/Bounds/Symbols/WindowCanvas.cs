using RobustPruning.Devices;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Windows as parts of larger windows, or of whole maps.</summary>
internal static class WindowCanvas
{
    /// <summary>Adds each window to a canvas of its own, in place; what lies outside the canvas is left out.</summary>
    /// <param name="windows"><c>[N, h, w, C]</c>.</param>
    /// <param name="canvases"><c>[N, H, W, C]</c>, contiguous.</param>
    /// <param name="corners">Where each window's first value lies in its canvas.</param>
    public static void Add(Tensor windows, Tensor canvases, (int Row, int Column)[] corners)
    {
        WindowPlace[] places = [.. corners.Select((corner, symbol) => new WindowPlace(symbol, corner.Row, corner.Column))];
        var channels = windows.shape[3];
        var (inside, rows) = WindowEntries.Inside(windows, places, (int)canvases.shape[1], (int)canvases.shape[2]);
        canvases.view(-1, channels).index_add_(0, rows, windows.reshape(-1, channels).index_select(0, inside), Scalars.Of(1));
    }
}
