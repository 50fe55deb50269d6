using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The operators that are supported.</summary>
internal static class OperatorTable
{
    private static readonly Dictionary<string, IOperator> All = (
        (IOperator[])
            [
                new Add(), new AveragePool(), new BatchNormalization(), new Cast(), new Clip(), new Concat(), new Constant(),
                new ConstantOfShape(), new Conv(), new ConvTranspose(), new Div(), new Dropout(), new Expand(), new Flatten(), new Gather(),
                new Gemm(), new GlobalAveragePool(), new Identity(), new HardSigmoid(), new LeakyRelu(), new MatMul(), new MaxPool(),
                new Mul(), new Pad(), new PRelu(), new Reduction("ReduceMean", isSum: false), new Reduction("ReduceSum", isSum: true),
                new Relu(), new Reshape(), new Resize("Resize"), new Resize("Upsample"), new Shape(), new Sigmoid(), new Slice(), new Pow(),
                new Reciprocal(), new Softmax(), new Split(), new Sqrt(), new Squeeze(), new Sub(), new Sum(), new Tanh(), new Transpose(),
                new Unsqueeze(), .. ScalarFunctions.All,
                .. Normalizations.All,
            ]).ToDictionary(entry => entry.Name);

    /// <summary>The names of all operators.</summary>
    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>The operator of a name, or null.</summary>
    public static IOperator? Find(string name) => All.GetValueOrDefault(name);
}
