using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The operators that are supported.</summary>
internal static class OperatorTable
{
    private static readonly Dictionary<string, IOperator> All = new IOperator[]
    {
        new Add(), new AveragePool(), new BatchNormalization(), new Cast(), new Clip(), new Concat(), new Constant(), new ConstantOfShape(), new Conv(),
        new ConvTranspose(), new Div(), new Dropout(), new Expand(), new Flatten(), new Gather(), new Gemm(), new GlobalAveragePool(), new Identity(),
        new LeakyRelu(), new MatMul(), new MaxPool(), new Mul(), new Pad(), new Relu(), new Reshape(), new Shape(), new Sigmoid(), new Slice(),
        new Softmax(), new Squeeze(), new Sub(), new Tanh(), new Transpose(), new Unsqueeze(),
    }.ToDictionary(entry => entry.Name);

    /// <summary>The names of all operators.</summary>
    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>The operator of a name, or null.</summary>
    public static IOperator? Find(string name) => All.GetValueOrDefault(name);
}
