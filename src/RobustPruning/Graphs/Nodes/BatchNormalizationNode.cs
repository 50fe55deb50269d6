using System.Text.Json.Serialization;
using RobustPruning.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// Batch normalisation of a feature map <c>[C, H, W]</c> or a vector <c>[C]</c>. In evaluation mode, and always for bounds, it is the
/// affine map <c>γ (x − running mean) / √(running variance + ε) + β</c>, per channel.
/// </summary>
public sealed class BatchNormalizationNode : AffineNode
{
    internal BatchNormalizationNode(BatchNormalizationDescription description, GraphNode input, NormBase module)
        : base(description, input, input.Shape, module) => Normalization = module;

    /// <summary>The module that holds γ, β and the running statistics, each <c>[C]</c>.</summary>
    public NormBase Normalization { get; }

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Normalization.call(inputs[0]);

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (scale, shift) = ScaleAndShift(x.dtype);
        return (x * PerChannel(scale)).Plus(PerChannel(shift)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x * PerChannel(ScaleAndShift(x.dtype).Scale)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x * PerChannel(ScaleAndShift(x.dtype).Scale.abs())).MoveToOuterDisposeScope();
    }

    // The scale is rounded four times, the product and the sum once each.
    internal override long Terms => 8;

    private protected override Tensor? ChangingWeight => ScaleAndShift(ScalarType.Float64).Scale;

    internal override Tensor? Shift(Tensor like)
    {
        using var scope = NewDisposeScope();
        return PerChannel(ScaleAndShift(like.dtype).Shift).MoveToOuterDisposeScope();
    }

    internal override Tensor? ShiftError
    {
        get
        {
            using var scope = NewDisposeScope();
            var scale = ScaleAndShift(ScalarType.Float64).Scale.abs();
            var error = scale * Normalization.running_mean!.to(scale.dtype).abs();
            if (Normalization.bias is not null)
                error = error.Plus(Normalization.bias.to(scale.dtype).abs());
            return PerChannel(error * Scalars.Of(Terms * Rounding.Epsilon(ScalarType.Float64) / 2)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Scale and shift per channel, each <c>[C]</c>; the caller owns them.</summary>
    internal (Tensor Scale, Tensor Shift) ScaleAndShift(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var scale = Normalization.running_var!.to(type).Plus(Scalars.Of(Normalization.eps)).rsqrt();
        if (Normalization.weight is not null)
            scale = scale * Normalization.weight.to(type);
        var shift = -(scale * Normalization.running_mean!.to(type));
        if (Normalization.bias is not null)
            shift = shift.Plus(Normalization.bias.to(type));
        return (scale.MoveToOuterDisposeScope(), shift.MoveToOuterDisposeScope());
    }

    private Tensor PerChannel(Tensor values) => Shape.Count == 1 ? values.reshape(-1) : values.reshape(-1, 1, 1);
}

internal sealed record BatchNormalizationDescription(
    string Name, IReadOnlyList<string> Inputs, long Features, double Epsilon, double Momentum, bool Affine,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool OfVectors = false)
    : NodeDescription(Name, Inputs)
{
    public static BatchNormalizationDescription Of(string name, string input, NormBase module)
    {
        if (!module.track_running_stats)
            throw new GraphException(name, "batch normalisation without running statistics depends on the batch and has no bounds.");
        return new(name, [input], module.num_features, module.eps, module.momentum ?? 0.1, module.affine, module is BatchNorm1d);
    }

    // The running statistics at least.
    [JsonIgnore]
    public override double Weights => 2.0 * Features;

    public override nn.Module CreateModule() =>
        OfVectors ? nn.BatchNorm1d(Features, Epsilon, Momentum, Affine) : nn.BatchNorm2d(Features, Epsilon, Momentum, Affine);

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        var shape = OfVectors ? inputs[0].Shape : ShapeRules.FeatureMap(Name, inputs);
        if (OfVectors && shape.Count != 1)
            throw new GraphException(Name, $"it takes a vector [C], but '{inputs[0].Name}' gives [{string.Join(", ", shape)}].")
            {
                Value = string.Join(", ", shape),
            };
        if (shape[0] != Features)
            throw new GraphException(Name, $"it takes {Features} channels, but '{inputs[0].Name}' gives {shape[0]}.") { Value = shape[0] };
        return new BatchNormalizationNode(this, inputs[0], (NormBase)module!);
    }
}
