namespace RobustPruning.Graphs;

/// <summary>Whether no value of a node can be negative, whatever the image and the weights are: what a root may be taken of.</summary>
internal static class NonNegative
{
    public static bool Is(GraphNode node) => node switch
    {
        ReluNode or SigmoidNode or SoftmaxNode or ScalarFunctionNode {
            Function: ScalarFunction.Square or ScalarFunction.SquareRoot or ScalarFunction.InverseSquareRoot } => true,
        ClipNode { Minimum: >= 0 } => true,
        AdditionNode or ConcatenationNode or ProductNode => node.Inputs.All(Is),
        FlattenNode or RearrangementNode or AveragePoolNode or AdaptiveAveragePoolNode => Is(node.Inputs[0]),

        // Padding never wins, and so is no zero among negative values.
        MaxPoolNode => Is(node.Inputs[0]),
        _ => false,
    };
}
