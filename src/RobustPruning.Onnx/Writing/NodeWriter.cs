using RobustPruning.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Writing;

/// <summary>How each kind of node is written.</summary>
internal static class NodeWriter
{
    /// <summary>Adds the operators for a node.</summary>
    /// <exception cref="GraphException">Its kind is unknown.</exception>
    public static void Write(GraphWriter writer, GraphNode node)
    {
        var name = writer[node];
        string[] inputs = [.. node.Inputs.Select(input => writer[input])];
        switch (node)
        {
            case ConvolutionNode convolution: Convolution(writer, name, inputs, convolution); break;
            case TransposedConvolutionNode transposed: Transposed(writer, name, inputs, transposed); break;
            case LinearNode linear:
                writer.Add(
                    "Gemm",
                    name,
                    [.. inputs, .. Weights(writer, linear, linear.Weights.weight, linear.Weights.bias)],
                    AttributeWriter.Integer("transB", 1));
                break;
            case BatchNormalizationNode normalization: BatchNormalization(writer, name, inputs, normalization); break;
            case ReluNode: writer.Add("Relu", name, inputs); break;
            case LeakyReluNode leaky: writer.Add("LeakyRelu", name, inputs, AttributeWriter.Float("alpha", leaky.NegativeSlope)); break;
            case SigmoidNode: writer.Add("Sigmoid", name, inputs); break;
            case TanhNode: writer.Add("Tanh", name, inputs); break;
            case ClipNode clip: writer.Add(
                "Clip", name, [inputs[0], Limit(writer, $"{name}/min", clip.Minimum), Limit(writer, $"{name}/max", clip.Maximum)]); break;
            case MaxPoolNode: PoolWriter.Maximum(writer, name, inputs, (MaxPoolDescription)node.Description); break;
            case AveragePoolNode: PoolWriter.Average(writer, name, inputs, (AveragePoolDescription)node.Description); break;
            case AdaptiveAveragePoolNode adaptive: PoolWriter.Adaptive(writer, name, inputs, adaptive); break;
            case AdditionNode: Addition(writer, name, inputs); break;
            case ConcatenationNode: writer.Add("Concat", name, inputs, AttributeWriter.Integer("axis", 1)); break;
            case FlattenNode: writer.Add("Flatten", name, inputs, AttributeWriter.Integer("axis", 1)); break;
            case ScalarFunctionNode function: FunctionWriter.Write(writer, name, inputs[0], function); break;
            case ProductNode: writer.Add("Mul", name, inputs); break;
            case SoftmaxNode softmax: Softmax(writer, name, inputs[0], softmax); break;
            case NormalizationScaleNode scale: Scale(writer, name, inputs[0], scale); break;
            case RescalingNode rescaling: Rescaling(writer, name, inputs, rescaling.Constants); break;
            case RearrangementNode rearrangement: MovementWriter.Write(writer, name, inputs[0], rearrangement); break;
            default: throw new GraphException(node.Name, $"it is a {node.GetType().Name}, which cannot be written as ONNX.")
                { Value = node.GetType().Name };
        }
    }

    private static void Convolution(GraphWriter writer, string name, string[] inputs, ConvolutionNode node) => writer.Add(
        "Conv", name, [.. inputs, .. Weights(writer, node, node.Convolution.weight, node.Convolution.bias)],
        AttributeWriter.Integers("kernel_shape", node.Kernel), AttributeWriter.Integers("strides", node.Stride),
        AttributeWriter.Integers("pads", [.. node.Padding, .. node.Padding]), AttributeWriter.Integers("dilations", node.Dilation),
        AttributeWriter.Integer("group", node.Groups));

    private static void Transposed(GraphWriter writer, string name, string[] inputs, TransposedConvolutionNode node) => writer.Add(
        "ConvTranspose", name, [.. inputs, .. Weights(writer, node, node.Convolution.weight, node.Convolution.bias)],
        AttributeWriter.Integers("kernel_shape", node.Kernel), AttributeWriter.Integers("strides", node.Stride),
        AttributeWriter.Integers("pads", [.. node.Padding, .. node.Padding]), AttributeWriter.Integers("dilations", node.Dilation),
        AttributeWriter.Integers("output_padding", node.OutputPadding));

    private static void BatchNormalization(GraphWriter writer, string name, string[] inputs, BatchNormalizationNode node)
    {
        var module = node.Normalization;
        writer.Add(
            "BatchNormalization", name,
            [
                .. inputs,
                writer.Constant($"{name}.weight", module.weight ?? ones(node.Channels)),
                writer.Constant($"{name}.bias", module.bias ?? zeros(node.Channels)),
                writer.Constant($"{name}.running_mean", module.running_mean!),
                writer.Constant($"{name}.running_var", module.running_var!),
            ],
            AttributeWriter.Float("epsilon", module.eps), AttributeWriter.Float("momentum", 1 - (module.momentum ?? 0.1)));
    }

    private static void Addition(GraphWriter writer, string name, string[] inputs)
    {
        var sum = inputs[0];
        for (var index = 1; index < inputs.Length; index++)
            sum = writer.Add("Add", index == inputs.Length - 1 ? name : writer.Free($"{name}/sum"), [sum, inputs[index]]);
    }

    private static void Rescaling(GraphWriter writer, string name, string[] inputs, Rescaling module)
    {
        var (scales, shifts) = (module.scale.ne(1).any().item<bool>(), module.shift.ne(0).any().item<bool>());
        var value = inputs[0];
        if (scales || !shifts)
            value = writer.Add(
                "Mul",
                shifts ? writer.Free($"{name}/scaled") : name,
                [value, writer.Constant($"{name}.scale", module.scale)]);
        if (shifts)
            writer.Add("Add", name, [value, writer.Constant($"{name}.shift", module.shift)]);
    }

    private static void Softmax(GraphWriter writer, string name, string input, SoftmaxNode node)
    {
        var parts = writer.Add(
            "Reshape",
            writer.Free($"{name}/parts"),
            [input, writer.Constant($"{name}/shape", [0, node.Channels, node.Places])]);
        var values = writer.Add("Softmax", writer.Free($"{name}/softmax"), [parts], AttributeWriter.Integer("axis", -1));
        writer.Add("Reshape", name, [values, writer.Constant($"{name}/map", [0, .. node.Shape])]);
    }

    private static void Scale(GraphWriter writer, string name, string input, NormalizationScaleNode node)
    {
        var shift = node.ShiftValues;
        var value = writer.Add(
            "Mul",
            shift is null ? name : writer.Free($"{name}/scaled"),
            [input, writer.Constant($"{name}.weight", node.ScaleValues)]);
        if (shift is not null)
            writer.Add("Add", name, [value, writer.Constant($"{name}.bias", shift)]);
    }

    /// <summary>The layer's constants; those of the layer that it shares its weights with where they are the same.</summary>
    private static string[] Weights(GraphWriter writer, GraphNode node, Tensor weight, Tensor? bias) => bias is null
        ? [writer.Weight("weight", weight, node)]
        : [writer.Weight("weight", weight, node), writer.Weight("bias", bias, node)];

    // An input that is left out has no name.
    private static string Limit(GraphWriter writer, string name, double limit) =>
        double.IsInfinity(limit) ? string.Empty : writer.Constant(name, tensor((float)limit));
}
