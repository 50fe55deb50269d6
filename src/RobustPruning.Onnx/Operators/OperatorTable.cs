using RobustPruning.Onnx.Lowering;

namespace RobustPruning.Onnx.Operators;

/// <summary>The operators that are supported.</summary>
internal static class OperatorTable
{
    private const string DividesByDeviation = "it divides by a deviation of its input, for which there are no tight bounds here; batch normalisation, whose statistics are "
        + "constants, is supported.";

    private static readonly Dictionary<string, IOperator> All = new IOperator[]
    {
        new Add(), new AveragePool(), new BatchNormalization(), new Cast(), new Clip(), new Concat(), new Constant(), new ConstantOfShape(), new Conv(),
        new ConvTranspose(), new Div(), new Dropout(), new Expand(), new Flatten(), new Gather(), new Gemm(), new GlobalAveragePool(), new Identity(),
        new HardSigmoid(), new LeakyRelu(), new MatMul(), new MaxPool(), new Mul(), new Pad(), new PRelu(), new Reduction("ReduceMean", isSum: false),
        new Reduction("ReduceSum", isSum: true), new Relu(), new Reshape(), new Resize("Resize"), new Resize("Upsample"), new Shape(), new Sigmoid(), new Slice(),
        new Softmax(), new Split(), new Squeeze(), new Sub(), new Sum(), new Tanh(), new Transpose(), new Unsqueeze(),
    }.ToDictionary(entry => entry.Name);

    /// <summary>The names of all operators.</summary>
    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>Why an operator that is none of these is refused.</summary>
    public static string WhyNot(string name) => name is "LayerNormalization" or "GroupNormalization" or "InstanceNormalization"
        ? DividesByDeviation : "this operator is not supported.";

    /// <summary>The operator of a name, or null.</summary>
    public static IOperator? Find(string name) => All.GetValueOrDefault(name);
}
