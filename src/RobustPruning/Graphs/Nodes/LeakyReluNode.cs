using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The nonlinearity <c>x</c> where x ≥ 0 and <c>a·x</c> elsewhere.</summary>
public sealed class LeakyReluNode : ActivationNode
{
    internal LeakyReluNode(LeakyReluDescription description, GraphNode input)
        : base(description, input) => NegativeSlope = description.NegativeSlope;

    /// <summary>The slope a below zero: finite, usually in [0, 1].</summary>
    public double NegativeSlope { get; }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor z) => z.leaky_relu(Scalars.Of(NegativeSlope));
}

internal sealed record LeakyReluDescription(string Name, IReadOnlyList<string> Inputs, double NegativeSlope) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module) => double.IsFinite(NegativeSlope)
        ? new LeakyReluNode(this, inputs[0])
        : throw new GraphException(Name, $"its negative slope {NegativeSlope} is not finite.") { Value = NegativeSlope };
}
