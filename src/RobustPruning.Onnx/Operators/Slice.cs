using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>Every so many values between two places, along some axes: attributes before opset 10, constant inputs since.</summary>
internal sealed class Slice : IOperator
{
    public string Name => nameof(Slice);

    public long FirstOpset => 1;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.Input(0);
        var isOld = call.Opset < 10;
        var starts = isOld ? call.Integers("starts") : call.Integers(1);
        var ends = isOld ? call.Integers("ends") : call.Integers(2);
        if (starts is null || ends?.Length != starts.Length)
            throw call.Refuse("it needs as many ends as starts.");
        var axes = (isOld ? call.Integers("axes") : call.Integers(3)) ?? [.. Enumerable.Range(0, starts.Length)];
        var steps = (isOld ? null : call.Integers(4)) ?? [.. Enumerable.Repeat(1L, starts.Length)];
        if (axes.Length != starts.Length || steps.Length != starts.Length)
            throw call.Refuse("it needs as many axes and steps as starts.");
        int[] counted = [.. axes.Select(axis => call.Axis(axis, x.Shape.Count))];
        if (counted.Distinct().Count() != counted.Length)
            throw call.Refuse("it slices an axis twice.");
        var places = call.PlacesOf(x);
        for (var index = 0; index < starts.Length; index++)
        {
            var axis = counted[index];
            var kept = Positions(call, x.Shape[axis], starts[index], ends[index], steps[index]);
            if (axis > 0 || !x.HasBatch)
                places = places.Select(axis - x.BatchShape.Length, kept);
            else if (kept.Count != x.Shape[0] || steps[index] < 0)
                throw call.MixesBatch();
        }

        return [call.Moved(x, places)];
    }

    private static List<long> Positions(OperatorCall call, long size, long start, long end, long step)
    {
        if (step == 0)
            throw call.Refuse("its step is 0.");
        if (size == 0)
            return [];
        var (least, greatest) = step > 0 ? (0, size) : (-1, size - 1);
        start = Math.Clamp(start < 0 ? start + size : start, 0, greatest);
        end = Math.Clamp(end < 0 ? end + size : end, least, greatest);
        var positions = new List<long>();
        for (Int128 position = start; step > 0 ? position < end : position > end; position += step)
            positions.Add((long)position);
        return positions;
    }
}
