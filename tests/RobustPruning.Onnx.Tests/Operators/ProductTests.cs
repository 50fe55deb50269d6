using RobustPruning.Onnx.Writing;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests.Operators;

/// <summary>Matrix products with constants on either side, against torch's own.</summary>
public sealed class ProductTests
{
    [TestCase(new long[] { 5 }, new long[] { 5, 3 })]
    [TestCase(new long[] { 5 }, new long[] { 5 })]
    [TestCase(new long[] { 4, 5 }, new long[] { 5, 3 })]
    [TestCase(new long[] { 4, 5 }, new long[] { 5 })]
    [TestCase(new long[] { 2, 4, 5 }, new long[] { 5, 3 })]
    [TestCase(new long[] { 2, 4, 5 }, new long[] { 2, 5, 3 })]
    [TestCase(new long[] { 2, 4, 5 }, new long[] { 1, 5, 3 })]
    [TestCase(new long[] { 4, 5 }, new long[] { 2, 5, 3 })]
    [TestCase(new long[] { 1, 2, 4, 5 }, new long[] { 3, 1, 5, 3 })]
    [TestCase(new long[] { 2, 1, 5 }, new long[] { 5, 3 })]
    public void AConstantMultipliesFromTheRight(long[] x, long[] matrix) => RequireProduct(x, matrix, isLeft: false);

    [TestCase(new long[] { 5 }, new long[] { 3, 5 })]
    [TestCase(new long[] { 5 }, new long[] { 5 })]
    [TestCase(new long[] { 5, 4 }, new long[] { 3, 5 })]
    [TestCase(new long[] { 5, 4 }, new long[] { 5 })]
    [TestCase(new long[] { 5, 1 }, new long[] { 3, 5 })]
    [TestCase(new long[] { 2, 5, 4 }, new long[] { 3, 5 })]
    [TestCase(new long[] { 2, 5, 4 }, new long[] { 2, 3, 5 })]
    [TestCase(new long[] { 2, 5, 1 }, new long[] { 3, 5 })]
    [TestCase(new long[] { 2, 5, 4 }, new long[] { 1, 3, 5 })]
    [TestCase(new long[] { 1, 2, 5, 4 }, new long[] { 3, 1, 3, 5 })]
    public void AConstantMultipliesFromTheLeft(long[] x, long[] matrix) => RequireProduct(x, matrix, isLeft: true);

    [TestCase(new long[] { 3, 4, 5 }, new long[] { 5, 2 }, false)]
    [TestCase(new long[] { 3, 4, 5 }, new long[] { 1, 5, 2 }, false)]
    [TestCase(new long[] { 3, 6, 4, 5 }, new long[] { 6, 5, 2 }, false)]
    [TestCase(new long[] { 3, 5 }, new long[] { 5, 2 }, false)]
    [TestCase(new long[] { 3, 5, 4 }, new long[] { 2, 5 }, true)]
    [TestCase(new long[] { 3, 6, 5, 4 }, new long[] { 6, 2, 5 }, true)]
    public void SamplesOfABatchAreMultipliedAlike(long[] x, long[] matrix, bool isLeft) =>
        RequireProduct(x, matrix, isLeft, OnnxBatch.FirstAxis);

    [TestCase(new long[] { 3, 5 }, new long[] { 2, 3 }, true)]
    [TestCase(new long[] { 3, 4, 5 }, new long[] { 3, 5, 2 }, false)]
    [TestCase(new long[] { 3, 5 }, new long[] { 1, 5, 2 }, false)]
    public void SamplesOfABatchAreNotMixed(long[] x, long[] matrix, bool isLeft)
    {
        Assert.That(
            () => RequireProduct(x, matrix, isLeft, OnnxBatch.FirstAxis),
            Throws.InstanceOf<OnnxException>().With.Message.Contains("mixes the samples"));
        RequireProduct(x, matrix, isLeft, OnnxBatch.Automatic);
    }

    [Test]
    public void GemmIsWhatItsAttributesSay(
        [Values] bool isLeft, [Values] bool turnsFirst, [Values] bool turnsSecond,
        [Values("none", "row", "number", "matrix", "column")] string added,
        [Values(1, 4)] int rows)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        manual_seed(rows);
        var first = isLeft ? randn(3, 5) : randn(rows, 5);
        var second = isLeft ? randn(5, rows) : randn(5, 3);
        var product = first.matmul(second) * 0.5;
        Tensor? c = added switch
        {
            "none" => null,
            "row" => randn(product.shape[1]),
            "number" => randn(1),
            "matrix" => randn(product.shape),
            _ => randn(product.shape[0], 1),
        };
        var expected = c is null ? product : product + (c * 2);
        var (storedFirst, storedSecond) = (turnsFirst ? first.t() : first, turnsSecond ? second.t() : second);
        var (x, matrix) = isLeft ? (storedSecond, storedFirst) : (storedFirst, storedSecond);
        var builder = new ModelBuilder().Input("x", [.. x.shape.Select(size => (long?)size)]).Output("y", 1).Initializer("m", matrix);
        if (c is not null)
            builder.Initializer("c", c);
        string[] inputs = isLeft ? ["m", "x"] : ["x", "m"];
        builder
            .Add(
                "Gemm", "y", c is null ? inputs : [.. inputs, "c"], AttributeWriter.Integer("transA", turnsFirst ? 1 : 0),
                AttributeWriter.Integer("transB", turnsSecond ? 1 : 0),
                AttributeWriter.Float("alpha", 0.5),
                AttributeWriter.Float("beta", 2))
            .Save(folder["gemm.onnx"]);
        using var model = OnnxModel.Load(folder["gemm.onnx"], new OnnxLoadOptions { Batch = OnnxBatch.None });
        Assert.That(TensorValues.Gap(model.Graph.Forward(x.unsqueeze(0)).squeeze(0), expected), Is.LessThan(1e-5));
        if (!isLeft && !turnsFirst && added is "none" or "row" or "number" && !isLeft && !turnsFirst)
        {
            using var batched = OnnxModel.Load(folder["gemm.onnx"], new OnnxLoadOptions { Batch = OnnxBatch.FirstAxis });
            Assert.That(TensorValues.Gap(batched.Graph.Forward(x), expected), Is.LessThan(1e-5));
        }
    }

    [Test]
    public void GemmAddsAnotherBranch()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var (matrix, x) = (randn(4, 4), randn(3, 4));
        new ModelBuilder().Input("x", null, 4).Output("y", null, 4).Initializer("m", matrix)
            .Add("Relu", "r", ["x"]).Add("Gemm", "y", ["x", "m", "r"], AttributeWriter.Float("beta", 3)).Save(folder["gemm.onnx"]);
        using var model = OnnxModel.Load(folder["gemm.onnx"]);
        Assert.That(TensorValues.Gap(model.Graph.Forward(x), x.matmul(matrix) + (x.relu() * 3)), Is.LessThan(1e-5));
    }

    private static void RequireProduct(long[] shape, long[] weights, bool isLeft, OnnxBatch batch = OnnxBatch.None)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (x, matrix) = (randn(shape), randn(weights));
        new ModelBuilder().Input("x", [.. shape.Select(size => (long?)size)]).Output("y", 1).Initializer("m", matrix)
            .Add("MatMul", "y", isLeft ? ["m", "x"] : ["x", "m"]).Save(folder["product.onnx"]);
        using var model = OnnxModel.Load(folder["product.onnx"], new OnnxLoadOptions { Batch = batch });
        var given = model.HasBatch ? model.Graph.Forward(x) : model.Graph.Forward(x.unsqueeze(0)).squeeze(0);
        var expected = isLeft ? matrix.matmul(x) : x.matmul(matrix);
        Assert.That(TensorValues.Gap(given, expected.dim() == 0 ? expected.reshape(1) : expected), Is.LessThan(1e-5));
    }
}
