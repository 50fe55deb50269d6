using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The hyperbolic tangent.</summary>
public sealed class TanhNode : ActivationNode
{
    internal TanhNode(TanhDescription description, GraphNode input)
        : base(description, input)
    {
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor z) => z.tanh();
}

internal sealed record TanhDescription(string Name, IReadOnlyList<string> Inputs) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module) => new TanhNode(this, inputs[0]);
}
