namespace RobustPruning.Devices;

/// <summary>Where a noise symbol's window lies in a feature map.</summary>
/// <param name="Box">The box of the batch that the symbol belongs to.</param>
/// <param name="Row">The row of the window's first value; it may be outside the map.</param>
/// <param name="Column">The column of the window's first value; it may be outside the map.</param>
public readonly record struct WindowPlace(int Box, int Row, int Column);
