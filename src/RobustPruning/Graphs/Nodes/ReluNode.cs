using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The nonlinearity <c>max(x, 0)</c>.</summary>
public sealed class ReluNode : ActivationNode
{
    internal ReluNode(ReluDescription description, GraphNode input)
        : base(description, input)
    {
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor z) => z.relu();
}

internal sealed record ReluDescription(string Name, IReadOnlyList<string> Inputs) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module) => new ReluNode(this, inputs[0]);
}
