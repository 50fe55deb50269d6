namespace RobustPruning.Graphs;

/// <summary>
/// A module made of others, for example a residual block, that says which nodes it is. A <see cref="DeclaredModule"/> runs them too and is
/// the one to prefer. A module with a <c>forward</c> of its own, a <c>Module&lt;Tensor, Tensor&gt;</c>, is run against its nodes on random
/// inputs whenever it is read, and refused where they differ.
/// </summary>
public interface IDeclaresNodes
{
    /// <summary>
    /// Adds this module's nodes. It gives the same nodes each time; their names are this module's own, whoever uses it puts its name
    /// before.
    /// </summary>
    /// <param name="builder">The builder of this module's nodes; <see cref="GraphBuilder.Module"/> adds modules inside this one.</param>
    /// <param name="input">What enters the module.</param>
    /// <returns>The node whose value is the module's output.</returns>
    GraphNode Declare(GraphBuilder builder, GraphNode input);
}
