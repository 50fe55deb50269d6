namespace RobustPruning.Devices;

/// <summary>Where a noise symbol's window lies in a feature map.</summary>
/// <param name="Box">The box of the batch that the symbol belongs to.</param>
/// <param name="Row">The row of the window's first value; it may be outside the map.</param>
/// <param name="Column">The column of the window's first value; it may be outside the map.</param>
internal readonly record struct WindowPlace(int Box, int Row, int Column)
{
    /// <summary>
    /// The part of the window that lies inside the map, in the map's rows and columns; the ends are beyond, and before the starts if there
    /// is none.
    /// </summary>
    internal (int Top, int Bottom, int Left, int Right) Inside(int windowHeight, int windowWidth, int height, int width) =>
        (Math.Max(0, Row), Math.Min(height, Row + windowHeight), Math.Max(0, Column), Math.Min(width, Column + windowWidth));
}
