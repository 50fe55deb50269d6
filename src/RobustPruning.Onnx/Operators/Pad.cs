using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>
/// More values, or with negative numbers fewer, at the ends of axes: a constant, or the input's own, mirrored, repeated at the edge or
/// wrapped around.
/// </summary>
internal sealed class Pad : IOperator
{
    public string Name => nameof(Pad);

    public long FirstOpset => 2;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.Input(0);
        var isOld = call.Opset < 11;
        var pads = (isOld ? call.Integers("pads") : call.Integers(1)) ?? throw call.Refuse("it has no pads.");
        var axes = (isOld ? null : call.Integers(3)) ?? [.. Enumerable.Range(0, x.Shape.Count)];
        if (pads.Length != 2 * axes.Length)
            throw call.Refuse($"it has {pads.Length} pads for {axes.Length} axes; it needs two for each.");
        if (axes.Select(axis => call.Axis(axis, x.Shape.Count)).Distinct().Count() != axes.Length)
            throw call.Refuse("it pads an axis twice.");
        var mode = call.Text("mode", "constant");
        var value = isOld ? call.Float("value", 0) : call.Number(2) ?? 0;
        var places = call.PlacesOf(x);
        for (var index = 0; index < axes.Length; index++)
        {
            var (before, after) = (pads[index], pads[index + axes.Length]);
            if (before != 0 || after != 0)
            {
                var axis = call.SampleAxis(x, axes[index]);
                places = places.Select(axis, Positions(call, mode, places.Shape[axis], before, after));
            }
        }

        var padded = call.Moved(x, places);
        return [mode == "constant" && value != 0 ? Filled(call, padded, places, value) : padded];
    }

    private static long[] Positions(OperatorCall call, string mode, long size, long before, long after)
    {
        var count = (Int128)size + before + after;
        if (count < 0 || before < -size || after < -size)
            throw call.Refuse($"it takes {-before} and {-after} values away from {size}.");
        call.Network.Limits.Spend((long)Int128.Min(count, long.MaxValue));
        return [.. LongRange((long)count).Select(target => Source(call, mode, size, target - before))];
    }

    private static long Source(OperatorCall call, string mode, long size, long place)
    {
        if (place >= 0 && place < size)
            return place;
        switch (mode)
        {
            case "constant": return Places.Zero;
            case "edge": return Math.Clamp(place, 0, size - 1);
            case "wrap": return ((place % size) + size) % size;
            case "reflect":
                // There and back again: the edges come up once.
                var period = Math.Max(1, 2 * (size - 1));
                var turned = ((place % period) + period) % period;
                return turned < size ? turned : period - turned;
            default: throw call.Refuse($"its mode '{mode}' is not supported.");
        }
    }

    // The zeros are where the constant goes.
    private static Value Filled(OperatorCall call, Value padded, Places places, double value)
    {
        var fill = tensor(Array.ConvertAll(places.Sources, source => source == Places.Zero ? (float)value : 0), [.. places.Shape]);
        if (padded is ConstantValue constant)
            return new Constants.ComputedConstant((constant.Floats() + fill).to(constant.Type));
        var variable = (Variable)padded;
        var node = call.Network.Rescaling($"{call.Name}/filled", call.Network.As(variable.Node, places.Shape), ones(1), fill);
        return new Variable(node, padded.Shape, padded.HasBatch);
    }

    private static IEnumerable<long> LongRange(long count)
    {
        for (var index = 0L; index < count; index++)
            yield return index;
    }
}
