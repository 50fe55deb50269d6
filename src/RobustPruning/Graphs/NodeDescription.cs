using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// What a node is, without its weights: enough to make a fresh module for it. Copying, pruning and loading a network all rebuild it
/// from descriptions, so there is one way to make a node.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(InputDescription), "input")]
[JsonDerivedType(typeof(ConvolutionDescription), "convolution")]
[JsonDerivedType(typeof(TransposedConvolutionDescription), "transposedConvolution")]
[JsonDerivedType(typeof(LinearDescription), "linear")]
[JsonDerivedType(typeof(BatchNormalizationDescription), "batchNormalization")]
[JsonDerivedType(typeof(ReluDescription), "relu")]
[JsonDerivedType(typeof(LeakyReluDescription), "leakyRelu")]
[JsonDerivedType(typeof(SigmoidDescription), "sigmoid")]
[JsonDerivedType(typeof(TanhDescription), "tanh")]
[JsonDerivedType(typeof(ClipDescription), "clip")]
[JsonDerivedType(typeof(ScalarFunctionDescription), "function")]
[JsonDerivedType(typeof(RescalingDescription), "rescaling")]
[JsonDerivedType(typeof(RearrangementDescription), "rearrangement")]
[JsonDerivedType(typeof(FlattenDescription), "flatten")]
[JsonDerivedType(typeof(AveragePoolDescription), "averagePool")]
[JsonDerivedType(typeof(AdaptiveAveragePoolDescription), "adaptiveAveragePool")]
[JsonDerivedType(typeof(MaxPoolDescription), "maxPool")]
[JsonDerivedType(typeof(AdditionDescription), "addition")]
[JsonDerivedType(typeof(SoftmaxDescription), "softmax")]
[JsonDerivedType(typeof(ProductDescription), "product")]
[JsonDerivedType(typeof(NormalizationScaleDescription), "normalizationScale")]
[JsonDerivedType(typeof(ConcatenationDescription), "concatenation")]
internal abstract record NodeDescription(string Name, IReadOnlyList<string> Inputs)
{
    /// <summary>The node whose weights are this node's too, one constant in the file that it came from; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WeightsOf { get; init; }

    /// <summary>How many numbers a fresh module would hold at least; a floating point number, since files may say anything.</summary>
    [JsonIgnore]
    public virtual double Weights => 0;

    /// <summary>A fresh module with this description's widths, or null for a node without weights.</summary>
    public virtual nn.Module? CreateModule() => null;

    /// <summary>The node over <paramref name="module"/>, shape-checked against its inputs.</summary>
    public abstract GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module);
}
