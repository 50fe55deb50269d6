using RobustPruning.Bounds;

namespace RobustPruning.Tests.Bounds;

/// <summary>Numbers all symbols of one propagation through, the semantic parameters first: a column means the same symbol everywhere.</summary>
internal sealed class DenseSymbolTable(long semanticParameters, SymbolBudget budget)
{
    public long SemanticParameters { get; } = semanticParameters;

    public SymbolBudget Budget { get; } = budget;

    /// <summary>All columns so far.</summary>
    public long Columns { get; private set; } = semanticParameters;

    public void Add(long columns) => Columns += columns;
}
