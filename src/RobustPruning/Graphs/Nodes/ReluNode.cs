using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The nonlinearity <c>max(x, 0)</c>; its input is the pre-activation.</summary>
public sealed class ReluNode : GraphNode
{
    internal ReluNode(ReluDescription description, GraphNode input)
        : base(description, [input], input.Shape, null)
    {
    }

    /// <summary>The node whose value is the pre-activation.</summary>
    public GraphNode PreActivation => Inputs[0];

    // Never in place, whatever the module said: the pre-activation is kept for measuring.
    internal override Tensor Forward(IReadOnlyList<Tensor> inputs) => inputs[0].relu();
}

internal sealed record ReluDescription(string Name, IReadOnlyList<string> Inputs) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module) => new ReluNode(this, inputs[0]);
}
