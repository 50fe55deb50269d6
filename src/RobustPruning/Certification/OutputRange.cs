using RobustPruning.Bounds;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>The hull of the output bounds of many boxes.</summary>
internal sealed class OutputRange(int outputs)
{
    /// <summary>The least lower bound of each output.</summary>
    public double[] Lower { get; } = [.. Enumerable.Repeat(double.PositiveInfinity, outputs)];

    /// <summary>The greatest upper bound of each output.</summary>
    public double[] Upper { get; } = [.. Enumerable.Repeat(double.NegativeInfinity, outputs)];

    /// <summary>The number of boxes.</summary>
    public int Boxes { get; private set; }

    /// <summary>The unstable neurons, summed over the boxes.</summary>
    public double Unstable { get; private set; }

    /// <summary>Takes in the boxes of one pass.</summary>
    public void Add(NetworkBounds bounds)
    {
        using var scope = NewDisposeScope();
        Boxes += (int)bounds.Output.Lower.shape[0];
        Unstable += bounds.PreActivations.Sum(node => node.Unstable());
        var lower = bounds.Output.Lower.amin(0).to(float64).data<double>();
        var upper = bounds.Output.Upper.amax(0).to(float64).data<double>();
        for (var output = 0; output < Lower.Length; output++)
        {
            // Math.Min and Max hand a NaN on, so that it certifies nothing.
            Lower[output] = Math.Min(Lower[output], lower[output]);
            Upper[output] = Math.Max(Upper[output], upper[output]);
        }
    }
}
