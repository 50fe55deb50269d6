using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>
/// Parts of an axis, one after the other: of sizes that an attribute gives, since opset 13 a constant input, or of equal size.
/// </summary>
internal sealed class Split : IOperator
{
    public string Name => nameof(Split);

    public long FirstOpset => 2;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.Input(0);
        var axis = call.SampleAxis(x, call.Integer("axis", 0));
        var size = x.SampleShape[axis];
        var outputs = call.Node.Outputs.Count;
        if (call.Integer("num_outputs") is { } stated && stated != outputs)
            throw call.Refuse($"it has {outputs} outputs, but says {stated}.");
        var sizes = call.Opset < 13 ? call.Integers("split") : call.Integers(1);

        // The last part of equal ones may be smaller.
        var each = (size + outputs - 1) / outputs;
        sizes ??= [.. Enumerable.Range(0, outputs).Select(part => Math.Clamp(size - (part * each), 0, each))];
        if (sizes.Length != outputs || sizes.Any(part => part < 0) || sizes.Sum() != size)
            throw call.Refuse($"its parts [{string.Join(", ", sizes)}] are not {outputs} that make up {size}.");
        var parts = new List<Value>();
        var first = 0L;
        foreach (var part in sizes)
        {
            var from = first;
            parts.Add(call.Moved(x, call.PlacesOf(x).Select(axis, [.. Enumerable.Range(0, (int)part).Select(index => from + index)])));
            first += part;
        }

        return parts;
    }
}
