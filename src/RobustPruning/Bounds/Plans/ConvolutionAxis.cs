namespace RobustPruning.Bounds;

/// <summary>
/// How a convolution goes along one axis: output o reads input i at tap k where i·spread + padding = o·stride + k·dilation, 0 ≤ k &lt;
/// kernel.
/// </summary>
/// <param name="Kernel">The kernel's size; at least 1.</param>
/// <param name="Stride">The step from one output to the next; at least 1.</param>
/// <param name="Padding">Zeros before the first input; negative where places are cut.</param>
/// <param name="Dilation">The step from one input of an output to the next; at least 1.</param>
/// <param name="Spread">
/// The step from one input to the next: 1, but more for a transposed convolution, which has zeros between its inputs.
/// </param>
internal readonly record struct ConvolutionAxis(int Kernel, int Stride, int Padding, int Dilation, int Spread = 1)
{
    private int Reach => Dilation * (Kernel - 1);

    /// <summary>The first output that reads input <paramref name="place"/> or a later one; it may be outside the map.</summary>
    public int FirstOutput(int place) => CeilingDivide((place * Spread) + Padding - Reach, Stride);

    /// <summary>The last output that reads an input, wherever the map ends.</summary>
    public int LastOutput(int place) => FloorDivide((place * Spread) + Padding, Stride);

    /// <summary>The most outputs that a window of this size touches, wherever it lies.</summary>
    public int OutputSize(int size)
    {
        var most = 0;
        for (var place = 0; place < Stride; place++)
            most = Math.Max(most, LastOutput(place + size - 1) - FirstOutput(place) + 1);
        return most;
    }

    /// <summary>The tap at which an output reads an input, or −1 if it does not.</summary>
    public int Tap(int output, int place)
    {
        var distance = (place * Spread) + Padding - (output * Stride);
        return distance >= 0 && distance <= Reach && distance % Dilation == 0 ? distance / Dilation : -1;
    }

    /// <summary>The output that reads an input at a tap, or −1 if none does.</summary>
    public int Output(int place, int tap)
    {
        var distance = (place * Spread) + Padding - (tap * Dilation);
        return distance >= 0 && distance % Stride == 0 ? distance / Stride : -1;
    }

    /// <summary>
    /// Zeros to put before a window that starts at <paramref name="place"/>, so that its first output reads the first of them; negative to
    /// cut.
    /// </summary>
    public int Before(int place) => place + Padding - (FirstOutput(place) * Stride);

    /// <summary>The inputs that this many outputs read.</summary>
    public int InputSize(int outputs) => ((outputs - 1) * Stride) + Reach + 1;

    private static int FloorDivide(int value, int divisor) => (value >= 0 ? value : value - divisor + 1) / divisor;

    private static int CeilingDivide(int value, int divisor) => -FloorDivide(-value, divisor);
}
