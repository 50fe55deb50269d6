using RobustPruning.Bounds;

namespace RobustPruning.Devices;

/// <summary>How a convolution slides over a feature map. A linear layer is one whose kernel is as large as its map.</summary>
internal sealed record ConvolutionShape
{
    /// <summary>The map's height H.</summary>
    public required int Height { get; init; }

    /// <summary>The map's width W.</summary>
    public required int Width { get; init; }

    /// <summary>The height of the map after the convolution.</summary>
    public required int NewHeight { get; init; }

    /// <summary>The width of the map after the convolution.</summary>
    public required int NewWidth { get; init; }

    /// <summary>How it goes down the rows.</summary>
    public required ConvolutionAxis Rows { get; init; }

    /// <summary>How it goes along the columns.</summary>
    public required ConvolutionAxis Columns { get; init; }
}
