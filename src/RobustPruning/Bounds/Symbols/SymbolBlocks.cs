using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Blocks of noise symbols where branches of a graph meet. No two blocks of one value hold the same symbol.</summary>
internal static class SymbolBlocks
{
    /// <summary>The sum of two lists of blocks: symbols of both are added, all others stay as they are.</summary>
    /// <param name="first">The blocks of one branch.</param>
    /// <param name="second">The blocks of the other.</param>
    /// <param name="shape">The shape of one box's values.</param>
    /// <returns>New blocks, owned by the caller.</returns>
    public static IReadOnlyList<NoiseSymbols> Add(
        IReadOnlyList<NoiseSymbols> first,
        IReadOnlyList<NoiseSymbols> second,
        IReadOnlyList<long> shape)
    {
        using var scope = NewDisposeScope();
        var open = first.ToList();
        var result = new List<NoiseSymbols>();
        foreach (var block in second)
        {
            NoiseSymbols? rest = block;
            for (var index = 0; index < open.Count && rest is not null; index++)
            {
                var (here, there) = open[index].Set.Common(rest.Set);
                if (here.Length == 0)
                    continue;
                result.Add(AddSame(open[index].Select(here), rest.Select(there), shape));
                if (Without(open[index], here) is { } left)
                    open[index] = left;
                else
                    open.RemoveAt(index--);
                rest = Without(rest, there);
            }

            if (rest is not null)
                open.Add(rest);
        }

        // A block taken over from a branch still belongs to that branch.
        foreach (var block in open)
            result.Add(block.Select(block.Set.Others([])));
        return [.. result.Select(block => block.MoveOut())];
    }

    private static NoiseSymbols? Without(NoiseSymbols block, int[] rows) =>
        rows.Length == block.Count ? null : block.Select(block.Set.Others(rows));

    private static NoiseSymbols AddSame(NoiseSymbols first, NoiseSymbols second, IReadOnlyList<long> shape) =>
        first.TryAdd(second) ?? new DenseSymbols(first.Generators(shape).Plus(second.Generators(shape)), first.Set);
}
