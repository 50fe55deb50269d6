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
        int windowHeight = (int)windows.shape[1], windowWidth = (int)windows.shape[2];
        int height = (int)canvases.shape[1], width = (int)canvases.shape[2];
        List<long> from = [], to = [];
        for (var symbol = 0; symbol < corners.Length; symbol++)
        {
            for (var y = 0; y < windowHeight; y++)
            {
                for (var x = 0; x < windowWidth; x++)
                {
                    int row = corners[symbol].Row + y, column = corners[symbol].Column + x;
                    if (row < 0 || row >= height || column < 0 || column >= width)
                        continue;
                    from.Add((((symbol * (long)windowHeight) + y) * windowWidth) + x);
                    to.Add((((symbol * (long)height) + row) * width) + column);
                }
            }
        }

        var (device, channels) = (windows.device, windows.shape[3]);
        var entries = windows.reshape(-1, channels).index_select(0, tensor(from.ToArray(), device: device));
        canvases.view(-1, channels).index_add_(0, tensor(to.ToArray(), device: device), entries, 1);
    }
}
