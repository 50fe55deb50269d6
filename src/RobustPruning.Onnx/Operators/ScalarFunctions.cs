using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>A smooth function of each value.</summary>
internal sealed class ScalarFunctions(string name, long firstOpset, Func<OperatorCall, ScalarFunction> function) : IOperator
{
    public string Name => name;

    public long FirstOpset => firstOpset;

    /// <summary>The functions that are operators of their own.</summary>
    public static IReadOnlyList<IOperator> All =>
    [
        new ScalarFunctions("HardSwish", 14, _ => ScalarFunction.Hardswish),
        new ScalarFunctions("Erf", 9, _ => ScalarFunction.Erf),
        new ScalarFunctions("Gelu", 20, call => call.Text("approximate", "none") switch
        {
            "none" => ScalarFunction.Gelu,
            "tanh" => ScalarFunction.GeluTanh,
            var other => throw call.Refuse($"its approximation '{other}' is not supported."),
        }),
    ];

    public IReadOnlyList<Value> Lower(OperatorCall call)
    {
        var x = call.VariableInput(0);
        return [new Variable(call.Network.Function(call.Name, x.Node, function(call)), x.Shape, x.HasBatch)];
    }
}
