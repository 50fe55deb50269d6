using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// An image between its pixels: bilinear in each cell of four neighbours, and continued beyond its edges. Pixel centres are whole numbers.
/// </summary>
internal sealed class BilinearImage
{
    private readonly double[] _values;
    private readonly WarpEdges _edges;

    public BilinearImage(Tensor image, WarpEdges edges)
    {
        using var scope = NewDisposeScope();
        (Channels, Height, Width) = ((int)image.shape[0], (int)image.shape[1], (int)image.shape[2]);
        _values = image.detach().to(float64).cpu().contiguous().data<double>().ToArray();
        _edges = edges;
        Greatest = _values.Max(Math.Abs);
    }

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>The greatest absolute value.</summary>
    public double Greatest { get; }

    /// <summary>Where a coordinate beyond the edges finds the same values near the image; others stay.</summary>
    public double Near(double coordinate, int size) => _edges == WarpEdges.Reflect ? coordinate : Math.Clamp(coordinate, -2, size + 1.0);

    /// <summary>The four corners of a cell in a channel.</summary>
    public BilinearCell Cell(int channel, int column, int row) => new(
        Pixel(channel, column, row), Pixel(channel, column + 1, row), Pixel(channel, column, row + 1), Pixel(channel, column + 1, row + 1));

    /// <summary>The value at a place.</summary>
    public double Value(int channel, double x, double y)
    {
        (x, y) = (Near(x, Width), Near(y, Height));
        double column = Math.Floor(x), row = Math.Floor(y);
        return Cell(channel, (int)column, (int)row).Value(x - column, y - row);
    }

    private double Pixel(int channel, int column, int row)
    {
        (column, row) = (Source(column, Width, _edges), Source(row, Height, _edges));
        return column < 0 || row < 0 ? 0 : _values[(((channel * Height) + row) * Width) + column];
    }

    /// <summary>The pixel that stands at a place inside or outside; −1 for none.</summary>
    public static int Source(int place, int size, WarpEdges edges)
    {
        if (place >= 0 && place < size)
            return place;
        if (edges == WarpEdges.Zero)
            return -1;
        if (edges == WarpEdges.Border)
            return place < 0 ? 0 : size - 1;
        var within = ((place % (2 * size)) + (2 * size)) % (2 * size);
        return within < size ? within : (2 * size) - 1 - within;
    }
}
