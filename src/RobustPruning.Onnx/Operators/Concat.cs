using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>Values one after the other along an axis.</summary>
internal sealed class Concat : IOperator
{
    public string Name => nameof(Concat);

    public long FirstOpset => 4;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var axis = call.Integer("axis", 1);
        Value[] all = [.. Enumerable.Range(0, call.InputCount).Select(call.Input)];
        if (all.OfType<ConstantValue>().ToArray() is { Length: > 0 } constants && constants.Length == all.Length)
            return [Fold(call, constants, axis)];
        Variable[] parts =
        [
            .. all.Where(value => value.Count > 0).Select((value, index) => call.ToVariable(value, $"{call.Name}/constant{index}")),
        ];
        var first = parts[0];
        var along = call.SampleAxis(first, axis);
        if (parts.FirstOrDefault(part => !Rest(part, along).SequenceEqual(Rest(first, along))) is { } odd)
            throw call.Refuse($"[{string.Join(", ", first.Shape)}] and [{string.Join(", ", odd.Shape)}] do not fit along axis {axis}.");
        if (parts.Length == 1)
            return [first];
        long[] shape = first.SampleShape;
        shape[along] = parts.Sum(part => part.SampleShape[along]);
        return [new Variable(Join(call, parts, along, shape), [.. first.BatchShape, .. shape], first.HasBatch)];
    }

    private static Graphs.GraphNode Join(OperatorCall call, Variable[] parts, int axis, long[] shape)
    {
        if (axis == 0)
            return call.Network.Concatenation(call.Name, [.. parts.Select(part => call.Network.As(part.Node, part.SampleShape))]);

        // A graph joins along the first axis: the axis comes there and goes back.
        int[] there = [axis, .. Enumerable.Range(0, shape.Length).Where(other => other != axis)];
        int[] back = [.. Enumerable.Range(0, shape.Length).Select(other => Array.IndexOf(there, other))];
        var moved = parts.Select(
            (part, index) => call.Network.Rearrangement($"{call.Name}/moved{index}", part.Node, call.PlacesOf(part).Transpose(there)));
        var joined = call.Network.Concatenation($"{call.Name}/joined", [.. moved]);
        return call.Network.Rearrangement(call.Name, joined, Places.Of(joined.Shape, call.Network.Limits).Transpose(back));
    }

    private static ComputedConstant Fold(OperatorCall call, ConstantValue[] constants, long axis)
    {
        call.Network.Limits.Spend(constants.Sum(constant => constant.Count));
        return new ComputedConstant(cat([.. constants.Select(constant => constant.Read())], axis));
    }

    private static IEnumerable<long> Rest(Variable part, int axis) => part.SampleShape.Where((_, other) => other != axis);
}
