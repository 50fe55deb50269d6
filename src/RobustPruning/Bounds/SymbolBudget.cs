namespace RobustPruning.Bounds;

/// <summary>How many noise symbols, beside the semantic parameters, the semantic interval domain keeps apart.</summary>
public readonly record struct SymbolBudget
{
    /// <summary>Creates a budget.</summary>
    /// <param name="count">
    /// The greatest number of symbols kept, a box on average over the boxes of a batch; not negative. Where symbols do not all
    /// find room, those that move all values together the most are kept, and the others folded into the remainder, old or new.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public SymbolBudget(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Count = count;
    }

    /// <summary>The greatest number of symbols kept.</summary>
    public int Count { get; }

    /// <summary>None: the hybrid zonotope. Fast and differentiable; for training losses and for very many small boxes.</summary>
    public static SymbolBudget None => new(0);

    /// <summary>All: DeepZ. For certification of real networks.</summary>
    public static SymbolBudget All => new(int.MaxValue);

    /// <summary>For example <c>no symbols</c>.</summary>
    public override string ToString() => Count switch
    {
        0 => "no symbols",
        int.MaxValue => "all symbols",
        _ => $"{Count} symbols",
    };
}
