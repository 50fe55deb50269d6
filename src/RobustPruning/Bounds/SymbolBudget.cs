namespace RobustPruning.Bounds;

/// <summary>How many noise symbols, beside the semantic parameters, the semantic interval domain keeps apart.</summary>
/// <param name="Count">The greatest number of symbols kept; those of least size beyond it are folded into the remainder.</param>
public readonly record struct SymbolBudget(int Count)
{
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
