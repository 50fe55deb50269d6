using RobustPruning.Graphs;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>
/// Products of a value with a function of itself, which many tools write in parts: SiLU, Hardswish and GELU, of which the bounds are closer
/// than those of a product.
/// </summary>
internal static class Gates
{
    private const double Digits = 1e-6;

    /// <summary>The function that the product is and its factor, and the value that it is of; null where it is none.</summary>
    public static (ScalarFunction Function, GraphNode Of, double Factor)? Find(NetworkBuilder network, GraphNode first, GraphNode second) =>
        Match(network, first, second) ?? Match(network, second, first);

    private static (ScalarFunction, GraphNode, double)? Match(NetworkBuilder network, GraphNode value, GraphNode gate)
    {
        var (x, factor) = Line(network.Unshaped(value)) is ({ } inner, var scale, 0) ? (inner, scale) : (network.Unshaped(value), 1);
        gate = network.Unshaped(gate);
        return Gate(network, x, gate, factor) ?? (x == network.Unshaped(value) ? null : Gate(network, network.Unshaped(value), gate, 1));
    }

    private static (ScalarFunction, GraphNode, double)? Gate(NetworkBuilder network, GraphNode x, GraphNode gate, double factor) =>
        gate switch
    {
        SigmoidNode sigmoid when Same(network, sigmoid.PreActivation, x) => (ScalarFunction.Silu, x, factor),
        ClipNode { Minimum: 0, Maximum: 1 } clip when Line(network.Unshaped(clip.PreActivation)) is ({ } read, var slope, 0.5)
            && Near(slope, 1.0 / 6) && Same(network, read, x) => (ScalarFunction.Hardswish, x, factor),

        // x (1 + erf(x / √2)), which is twice the GELU, or half of the second factor.
        RescalingNode half when Line(half) is ({ } erf, var scale, var shift) && scale == shift
            && network.Unshaped(erf) is ScalarFunctionNode { Function: ScalarFunction.Erf } function
            && Line(network.Unshaped(function.PreActivation)) is ({ } read, var slope, 0) && Near(slope, Math.Sqrt(0.5))
            && Same(network, read, x) => (ScalarFunction.Gelu, x, 2 * scale * factor),
        _ => null,
    };

    private static bool Near(double value, double expected) => Math.Abs(value - expected) < Digits;

    private static bool Same(NetworkBuilder network, GraphNode first, GraphNode second) =>
        network.Unshaped(first) == network.Unshaped(second);

    /// <summary>A node that is scale · x + shift with one number each, and its input.</summary>
    private static (GraphNode Input, double Scale, double Shift)? Line(GraphNode node) =>
        node is RescalingNode { Constants: var constants } rescaling && constants.scale.numel() == 1 && constants.shift.numel() == 1
            ? (rescaling.Input, constants.scale.item<float>(), constants.shift.item<float>()) : null;
}
