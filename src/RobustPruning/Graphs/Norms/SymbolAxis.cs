
namespace RobustPruning.Graphs;

/// <summary>
/// One axis of a convolution on the infinite plane, and its grid of frequencies. What stride and dilation share drops out, and then the
/// plane falls apart into parts that never meet, in each of which the dilation is 1. Tap k reads the values of phase k mod stride, k /
/// stride places on.
/// </summary>
internal sealed class SymbolAxis(long kernel, long stride, int resolution)
{
    /// <summary>The stride without what it shares with the dilation: the number of phases.</summary>
    public long Stride => stride;

    /// <summary>Grid points on one period.</summary>
    public long Points => Degree == 0 ? 1 : Degree * resolution;

    /// <summary>How much greater a non-negative trigonometric polynomial can be than on the grid: 1 / cos(π · degree / points).</summary>
    public double Rise => Degree == 0 ? 1 : 1 / Math.Cos(Math.PI / resolution);

    /// <summary>How far apart two taps of one phase can be: the degree of M M*.</summary>
    private long Degree => (kernel - 1) / stride;

    /// <summary>The axis of a layer: 0 for rows, 1 for columns.</summary>
    public static SymbolAxis Of(ConvolutionNode node, int axis, int resolution)
    {
        var (shared, rest) = (node.Stride[axis], node.Dilation[axis]);
        while (rest != 0)
            (shared, rest) = (rest, shared % rest);
        return new SymbolAxis(node.Kernel[axis], node.Stride[axis] / shared, resolution);
    }

    /// <summary>The taps of a phase.</summary>
    public IEnumerable<long> Taps(long phase)
    {
        for (var tap = phase; tap < kernel; tap += stride)
            yield return tap;
    }

    /// <summary>The angle of a tap at a frequency, in [0, 2π).</summary>
    public double Angle(long frequency, long tap) => 2 * Math.PI * (frequency * (tap / stride) % Points) / Points;
}
