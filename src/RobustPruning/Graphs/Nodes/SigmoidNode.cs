using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The nonlinearity <c>1 / (1 + e⁻ˣ)</c>.</summary>
public sealed class SigmoidNode : ActivationNode
{
    internal SigmoidNode(SigmoidDescription description, GraphNode input)
        : base(description, input)
    {
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor z) => z.sigmoid();
}

internal sealed record SigmoidDescription(string Name, IReadOnlyList<string> Inputs) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module) => new SigmoidNode(this, inputs[0]);
}
