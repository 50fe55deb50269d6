using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Folds symbols into the remainder until a budget is kept. Old symbols and new ones compete: those stay that move all values together
/// the most. In a graph with branches, a symbol may be folded in one and kept in another, which is sound: it then counts twice.
/// </summary>
internal static class BudgetFolding
{
    /// <summary>
    /// The same set, or a larger one with no more symbols than the budget allows. It may share tensors with the given set.
    /// </summary>
    public static Zonotope Apply(Zonotope zonotope, SymbolBudget budget)
    {
        var room = (double)budget.Count * zonotope.Centre.shape[0];
        if (zonotope.Symbols.Sum(symbols => symbols.Count) <= room)
            return zonotope;
        var folded = zeros_like(zonotope.Centre, dtype: zonotope.Outward ?? zonotope.Centre.dtype);
        var largest = Largest(zonotope.Symbols, (long)room);
        var kept = new List<NoiseSymbols>();
        var first = 0L;
        foreach (var symbols in zonotope.Symbols)
        {
            int[] rows = [.. Enumerable.Range(0, (int)symbols.Count).Where(row => largest.Contains(first + row))];
            first += symbols.Count;
            if (rows.Length > 0)
                kept.Add(symbols.Select(rows));
            if (rows.Length < symbols.Count)
                symbols.Select(symbols.Set.Others(rows)).AddAbsoluteTo(folded);
        }

        var sum = zonotope.RoundedSum(folded);
        return zonotope with
        {
            Symbols = kept,
            SymbolRadius = null,
            Remainder = zonotope.Remainder is null ? sum : zonotope.Remainder.Plus(sum),
        };
    }

    /// <summary>The largest symbols, by their rows in all blocks one after the other.</summary>
    private static HashSet<long> Largest(IReadOnlyList<NoiseSymbols> blocks, long count)
    {
        using var scope = NewDisposeScope();
        var sizes = cat([.. blocks.Select(symbols => symbols.Sizes().detach())]);
        return [.. sizes.argsort(descending: true).narrow(0, 0, count).cpu().data<long>().ToArray()];
    }
}
