using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Symbols that may reach every value: one generator <c>[...]</c> a symbol.</summary>
/// <param name="values">The generators, <c>[N, ...]</c>.</param>
/// <param name="boxes">The box of each symbol, ascending.</param>
internal sealed class DenseSymbols(Tensor values, int[] boxes) : NoiseSymbols
{
    public override long Count => boxes.Length;

    /// <summary>The generators, <c>[N, ...]</c>.</summary>
    public Tensor Values => values;

    public override NoiseSymbols Linear(AffineNode node) => new DenseSymbols(node.Linear(values), boxes);

    public override NoiseSymbols Scale(Tensor slope)
    {
        using var scope = NewDisposeScope();
        var slopes = slope.shape[0] == 1 ? slope : slope.index_select(0, BoxIndex(boxes, slope.device));
        return new DenseSymbols((values * slopes).MoveToOuterDisposeScope(), boxes);
    }

    public override void AddAbsoluteTo(Tensor radius)
    {
        using var scope = NewDisposeScope();
        for (var first = 0; first < boxes.Length;)
        {
            var last = first;
            while (last < boxes.Length && boxes[last] == boxes[first])
                last++;
            radius[boxes[first]].add_(values.narrow(0, first, last - first).abs().sum([0]));
            first = last;
        }
    }

    public override NoiseSymbols MoveOut()
    {
        values.MoveToOuterDisposeScope();
        return this;
    }

    public override void Dispose() => values.Dispose();

    /// <summary>The boxes as an index for tensors.</summary>
    public static Tensor BoxIndex(int[] boxes, Device device) => tensor(boxes.Select(box => (long)box).ToArray(), device: device);
}
