using RobustPruning.Devices;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

internal sealed partial record Zonotope
{
    /// <summary>A ReLU in one pass, with errors of rounding. Hands out the limits before it.</summary>
    public Zonotope Rectify(SymbolBudget budget, out Tensor lower, out Tensor upper)
    {
        using var scope = NewDisposeScope();
        var step = LibtorchKernels.RelaxRelu(AsOutward(), Outward!.Value, SymbolUnderflow);
        lower = step.Lower.MoveToOuterDisposeScope();
        upper = step.Upper.MoveToOuterDisposeScope();
        var rectified = new Zonotope(
            step.Centre, step.Generators, [.. Symbols.Select(symbols => symbols.Scale(step.Slope))], step.Remainder)
        {
            Outward = Outward,
            SymbolRadius = step.SymbolRadius,
            Error = step.Error,
        };
        return rectified.WithNewborn(step.Size, budget).MoveOut();
    }
}
