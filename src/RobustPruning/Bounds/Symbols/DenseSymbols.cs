using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Symbols that may reach every value: one generator <c>[...]</c> a symbol.</summary>
/// <param name="values">The generators, <c>[N, ...]</c>.</param>
/// <param name="set">Which symbols they are.</param>
internal sealed class DenseSymbols(Tensor values, SymbolSet set) : NoiseSymbols(set)
{
    /// <summary>New symbols.</summary>
    /// <param name="values">The generators, <c>[N, ...]</c>.</param>
    /// <param name="boxes">The box of each symbol, ascending.</param>
    public DenseSymbols(Tensor values, int[] boxes)
        : this(values, new SymbolSet(boxes))
    {
    }

    public override NoiseSymbols Linear(AffineNode node) => new DenseSymbols(node.Linear(values), Set);

    public override NoiseSymbols Scale(Tensor slope)
    {
        using var scope = NewDisposeScope();
        var slopes = slope.shape[0] == 1 ? slope : slope.index_select(0, Index(Set.Boxes, slope.device));
        return new DenseSymbols((values * slopes).MoveToOuterDisposeScope(), Set);
    }

    public override void AddAbsoluteTo(Tensor radius)
    {
        using var scope = NewDisposeScope();
        var boxes = Set.Boxes;
        for (var first = 0; first < boxes.Length;)
        {
            var last = first;
            while (last < boxes.Length && boxes[last] == boxes[first])
                last++;
            radius[boxes[first]].PlusInPlace(values.narrow(0, first, last - first).abs().sum([0]));
            first = last;
        }
    }

    public override Tensor Sizes()
    {
        using var scope = NewDisposeScope();
        return values.abs().flatten(1).sum(1).MoveToOuterDisposeScope();
    }

    public override NoiseSymbols Select(int[] rows)
    {
        using var scope = NewDisposeScope();
        return rows.Length == Count
            ? new DenseSymbols(values.alias(), Set).MoveOut()
            : new DenseSymbols(values.index_select(0, Index(rows, values.device)), Set.Select(rows)).MoveOut();
    }

    public override NoiseSymbols Place(long channel, IReadOnlyList<long> shape)
    {
        long[] padding = [.. Enumerable.Repeat(0L, 2 * (shape.Count - 1)), channel, shape[0] - channel - values.shape[1]];
        return new DenseSymbols(nn.functional.pad(values, padding), Set);
    }

    public override NoiseSymbols? TryAdd(NoiseSymbols other) => null;

    public override Tensor Generators(IReadOnlyList<long> shape) => values.reshape([Count, .. shape]);

    public override NoiseSymbols MoveOut()
    {
        values.MoveToOuterDisposeScope();
        return this;
    }

    public override void Dispose() => values.Dispose();
}
