using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Operators;

/// <summary>Batch normalisation with its running statistics, of vectors or maps.</summary>
internal sealed class BatchNormalization : IOperator
{
    public string Name => nameof(BatchNormalization);

    public long FirstOpset => 6;

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        // Before opset 9, statistics could be of each position, and before 7 inference had to be asked for.
        if (call.Opset < 9 && call.Integer("spatial", 1) == 0)
            throw call.Refuse("it is not spatial.");
        if (call.Opset < 7 && call.Integer("is_test", 0) == 0)
            throw call.Refuse("it is in training mode; only inference is supported.");
        if (call.Integer("training_mode", 0) != 0)
            throw call.Refuse("it is in training mode; only inference is supported.");
        var map = new FeatureMap(call, leastSizes: 0);
        ConstantValue[] statistics = [.. Enumerable.Range(1, 4).Select(call.Constant)];
        if (statistics.FirstOrDefault(values => values.Count != map.Channels) is { } odd)
            throw call.Refuse($"it has [{string.Join(", ", odd.Shape)}] for {map.Channels} channels.");

        call.Network.Limits.Spend(statistics.Length, map.Channels);

        // ONNX says how much of the old statistics is kept, torch how much of the new is taken.
        var module = call.Network.Own(nn.BatchNorm2d(map.Channels, call.Float("epsilon", 1e-5f), 1 - call.Float("momentum", 0.9f)));
        Tensor[] targets = [module.weight!, module.bias!, module.running_mean!, module.running_var!];
        foreach (var (values, target) in statistics.Zip(targets))
            values.CopyTo(target);
        return [map.Result(call.Network.BatchNormalization(call.Name, map.Flat, module), map.Channels, map.Sizes)];
    }
}
