using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>
/// Normalisations by the mean and the variance of the value itself: of groups of channels, of each channel, of the last axes.
/// </summary>
internal sealed class Normalizations(string name, long firstOpset) : IOperator
{
    public static IReadOnlyList<IOperator> All =>
        [
            new Normalizations("GroupNormalization", 18),
            new Normalizations("InstanceNormalization", 6),
            new Normalizations("LayerNormalization", 17),
        ];

    public string Name => name;

    public long FirstOpset => firstOpset;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        call.Ignore("stash_type");
        var epsilon = call.Float("epsilon", 1e-5f);
        return name == "LayerNormalization" ? [OfLastAxes(call, epsilon)] : [OfChannels(call, epsilon)];
    }

    private static Variable OfLastAxes(OperatorCall call, double epsilon)
    {
        var x = call.VariableInput(0);
        var axis = call.SampleAxis(x, call.Integer("axis", -1));
        long[] sizes = [.. x.SampleShape.Skip(axis)];
        ConstantValue scale = call.Constant(1), shift = call.Has(2) ? call.Constant(2) : scale;
        if (!scale.Shape.SequenceEqual(sizes) || !shift.Shape.SequenceEqual(sizes))
            throw call.Refuse($"its scale or bias is not [{string.Join(", ", sizes)}].");
        call.Network.Limits.Spend(2, scale.Count);
        var module = call.Network.Own(nn.LayerNorm(sizes, epsilon));
        scale.CopyTo(module.weight!);
        if (call.Has(2))
            shift.CopyTo(module.bias!);
        return new Variable(
            call.Network.Normalization(
                call.Name,
                (builder, free) => builder.LayerNormalization(free, call.Network.As(x.Node, x.SampleShape), module)),
            x.Shape,
            x.HasBatch);
    }

    private Variable OfChannels(OperatorCall call, double epsilon)
    {
        var map = new FeatureMap(call);
        var groups = name == "InstanceNormalization" ? map.Channels : call.Integer("num_groups", 0);
        ConstantValue scale = call.Constant(1), shift = call.Constant(2);

        // Before opset 21, a group normalisation had a number for each group.
        var each = name == "GroupNormalization" && call.Opset < 21 ? groups : map.Channels;
        if (groups < 1 || map.Channels % groups != 0 || scale.Count != each || shift.Count != each)
            throw call.Refuse($"it has {groups} groups, a scale of {scale.Count} and a bias of {shift.Count} for {map.Channels} channels.");
        call.Network.Limits.Spend(2, map.Channels);
        var module = call.Network.Own(nn.GroupNorm(groups, map.Channels, epsilon));
        using var noGradient = no_grad();
        module.weight!.copy_(scale.Floats().repeat_interleave(map.Channels / each));
        module.bias!.copy_(shift.Floats().repeat_interleave(map.Channels / each));
        return map.Result(
            call.Network.Normalization(call.Name, (builder, free) => builder.GroupNormalization(free, map.Flat, module)),
            map.Channels,
            map.Sizes);
    }
}
