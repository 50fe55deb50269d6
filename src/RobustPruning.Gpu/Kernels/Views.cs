using ILGPU;

namespace RobustPruning.Gpu.Kernels;

/// <summary>How many items a kernel has, and how many threads share them: each takes every so manyth.</summary>
internal struct Work
{
    public long Count;
    public int Lanes;
}

/// <summary>
/// Maps of some symbols: <c>[Count, Height, Width, Channels]</c>, a window of the map each, zero outside of it and where it reaches over
/// the map's edge.
/// </summary>
internal struct WindowView
{
    public ArrayView<double> Values;

    /// <summary>Row and column where each window begins; it may begin outside the map.</summary>
    public ArrayView<int> Corners;

    public int Count, Height, Width, MapHeight, MapWidth, Channels;
}

/// <summary>Where one number of a window stands in its map.</summary>
internal struct Spot
{
    public int Symbol, Row, Column, Channel, Inside;

    /// <summary>The spot of a window's number.</summary>
    public static Spot Of(WindowView windows, long item)
    {
        Spot spot;
        spot.Channel = (int)(item % windows.Channels);
        var rest = item / windows.Channels;
        spot.Column = (int)(rest % windows.Width);
        rest /= windows.Width;
        spot.Row = (int)(rest % windows.Height);
        spot.Symbol = (int)(rest / windows.Height);
        spot.Row += windows.Corners[2L * spot.Symbol];
        spot.Column += windows.Corners[(2L * spot.Symbol) + 1];
        spot.Inside = spot.Row >= 0 && spot.Column >= 0 && spot.Row < windows.MapHeight && spot.Column < windows.MapWidth ? 1 : 0;
        return spot;
    }

    /// <summary>The spot's place in the map's memory.</summary>
    public static int Index(WindowView windows, Spot spot) =>
        (((spot.Row * windows.MapWidth) + spot.Column) * windows.Channels) + spot.Channel;

    /// <summary>A symbol's number at any place of the map.</summary>
    public static double Read(WindowView windows, int symbol, int row, int column, int channel)
    {
        int y = row - windows.Corners[2L * symbol], x = column - windows.Corners[(2L * symbol) + 1];
        return y < 0 || x < 0 || y >= windows.Height || x >= windows.Width
            ? 0 : windows.Values[((((((long)symbol * windows.Height) + y) * windows.Width) + x) * windows.Channels) + channel];
    }
}

/// <summary>A value: centre and generators <c>[Rows, Size]</c>, the sum of its symbols' absolute values <c>[Size]</c>, and ρ.</summary>
internal struct ValueView
{
    public ArrayView<double> Maps, Radius, Error;
    public int Rows, Size;

    /// <summary>Σ_k |G_k| of one number.</summary>
    public static double Spread(ValueView value, long index)
    {
        var sum = 0.0;
        for (var row = 1; row < value.Rows; row++)
            sum += Math.Abs(value.Maps[((long)row * value.Size) + index]);
        return sum;
    }

    /// <summary>How far one number may be from its centre.</summary>
    public static double Reach(ValueView value, long index)
    {
        var radius = Spread(value, index) + value.Radius[index] + value.Error[0];
        return radius + ((Math.Abs(value.Maps[index]) + radius) * Arithmetic);
    }

    /// <summary>What a few operations on one value may lose, relative to the values, with room to spare.</summary>
    public const double Arithmetic = Numerics.Rounding.Arithmetic;
}

/// <summary>A convolution's sizes along one axis, as <see cref="Bounds.ConvolutionAxis"/> has them.</summary>
internal struct AxisView
{
    public int Kernel, Stride, Padding, Dilation, Spread;

    /// <summary>The place in its window that an output reads at a tap; −1 for none.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="output">The place read for, in its map.</param>
    /// <param name="outputs">The size of that map.</param>
    /// <param name="tap">The tap.</param>
    /// <param name="first">Where the window read begins.</param>
    /// <param name="window">Its size.</param>
    /// <param name="inputs">The size of its map.</param>
    public static int Source(AxisView axis, int output, int outputs, int tap, int first, int window, int inputs)
    {
        var distance = (output * axis.Stride) + (tap * axis.Dilation) - axis.Padding;
        if (output < 0 || output >= outputs || distance < 0 || distance % axis.Spread != 0)
            return -1;
        var place = distance / axis.Spread;
        return place >= inputs || place < first || place >= first + window ? -1 : place - first;
    }

    /// <summary>The first output that reads a place or a later one.</summary>
    public static int First(AxisView axis, int place)
    {
        var distance = (place * axis.Spread) + axis.Padding - (axis.Dilation * (axis.Kernel - 1));
        return distance > 0 ? (distance + axis.Stride - 1) / axis.Stride : -(-distance / axis.Stride);
    }
}

/// <summary>A convolution: the weights <c>[kernel rows, kernel columns, channels read, FeaturesPerGroup]</c>.</summary>
internal struct ConvolutionView
{
    public ArrayView<double> Weights;
    public AxisView Rows, Columns;
    public int ChannelsPerGroup, FeaturesPerGroup;
}

/// <summary>The places along one axis that each new place reads: those of place i are <c>Places[Starts[i]..Starts[i + 1]]</c>.</summary>
internal struct ListView
{
    public ArrayView<int> Starts, Places;

    /// <summary>For each place the first new place that reads it.</summary>
    public ArrayView<int> Readers;
}

/// <summary>Slope, offset and error of each number: <c>slope·z + offset ± size</c>, and what computing these may have lost.</summary>
internal struct RelaxationView
{
    public ArrayView<double> Slopes, Offsets, Sizes, Lost;
}
