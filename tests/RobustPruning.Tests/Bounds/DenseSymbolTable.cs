using RobustPruning.Bounds;

namespace RobustPruning.Tests.Bounds;

/// <summary>
/// Numbers all symbols of one propagation through, the semantic parameters first: a column means the same symbol everywhere.
/// </summary>
internal sealed class DenseSymbolTable(long semanticParameters, SymbolBudget budget)
{
    public long SemanticParameters { get; } = semanticParameters;

    public SymbolBudget Budget { get; } = budget;

    /// <summary>All columns so far.</summary>
    public long Columns { get; private set; } = semanticParameters;

    /// <summary>Whether a budget ever had to choose between symbols of one size, which it may do either way.</summary>
    public bool Tied { get; set; }

    public void Add(long columns) => Columns += columns;
}
