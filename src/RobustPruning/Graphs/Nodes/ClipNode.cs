using System.Text.Json.Serialization;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The nonlinearity <c>min(max(x, a), b)</c>: ReLU6, hard tanh, or what a camera does.</summary>
public sealed class ClipNode : ActivationNode
{
    internal ClipNode(ClipDescription description, GraphNode input)
        : base(description, input) => (Minimum, Maximum) = (description.Minimum, description.Maximum);

    /// <summary>The least value a; −∞ if there is none.</summary>
    public double Minimum { get; }

    /// <summary>The greatest value b, not below <see cref="Minimum"/>; ∞ if there is none.</summary>
    public double Maximum { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Kinks => [.. new[] { Minimum, Maximum }.Where(double.IsFinite)];

    /// <inheritdoc/>
    public override Tensor Apply(Tensor z) => z.clamp(Scalars.Of(Minimum), Scalars.Of(Maximum));
}

internal sealed record ClipDescription(
    string Name,
    IReadOnlyList<string> Inputs,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double Minimum,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double Maximum) : NodeDescription(Name, Inputs)
{
    // A limit of -∞ above or ∞ below would leave no finite value.
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module) =>
        Minimum <= Maximum && Minimum < double.PositiveInfinity && Maximum > double.NegativeInfinity
            ? new ClipNode(this, inputs[0])
            : throw new GraphException(Name, $"its limits {Minimum} and {Maximum} are not a least and a greatest value.")
                { Value = (Minimum, Maximum) };
}
