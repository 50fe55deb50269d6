using RobustPruning.Onnx.Wire;
using RobustPruning.Onnx.Writing;
using RobustPruning.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests.Operators;

/// <summary>What moves values, on batches, against torch.</summary>
public sealed class MovementTests
{
    [Test]
    public void AFlattenOfOldExportersIsOne() => RequireSame(
        new ModelBuilder(9).Initializer("zero", 0).Initializer("rest", -1)
            .Add("Shape", "shape", ["x"]).Add("Gather", "batch", ["shape", "zero"])
            .Add("Concat", "target", ["batch", "rest"], AttributeWriter.Integer("axis", 0)).Add("Reshape", "y", ["x", "target"]),
        x => x.flatten(1), nodes: 2);

    [Test]
    public void ReshapesThereAndBackCostNothing() =>
        RequireSame(
            new ModelBuilder(11)
                .Initializer("a", 0, 6, -1)
                .Initializer("b", 0, 2, 3, 4)
                .Add("Reshape", "r", ["x", "a"])
                .Add("Unsqueeze", "u", ["r"], AttributeWriter.Integers("axes", [1]))
                .Add("Squeeze", "s", ["u"], AttributeWriter.Integers("axes", [1]))
                .Add("Relu", "relu", ["s"])
                .Add("Reshape", "y", ["relu", "b"]),
            x => x.relu(),
            nodes: 2);

    [Test]
    public void TranspositionsOneAfterTheOtherBecomeOne() =>
        RequireSame(
            new ModelBuilder()
                .Add("Transpose", "t", ["x"], AttributeWriter.Integers("perm", [0, 2, 3, 1]))
                .Add("Transpose", "u", ["t"], AttributeWriter.Integers("perm", [0, 3, 2, 1]))
                .Add("Relu", "y", ["u"]),
            x => x.permute(0, 1, 3, 2).relu(),
            nodes: 3);

    [Test]
    public void ASliceReachesToTheEndHoweverItIsWritten([Values] bool isList)
    {
        var ends = isList
            ? new MessageWriter().Integers(1, [2]).Integer(2, (long)ElementType.Int64).Text(8, "ends").Integers(7, [long.MaxValue, -1])
            : ModelBuilder.Integers("ends", long.MaxValue, -1);
        RequireSame(
            new ModelBuilder()
                .Initializer("starts", 1, 0)
                .Initializer("axes", 2, -1)
                .Initializer(ends)
                .Add("Slice", "y", ["x", "starts", "ends", "axes"]),
            x => x.narrow(2, 1, 2).narrow(3, 0, 3));
    }

    [Test]
    public void ASliceGoesBackwards() => RequireSame(
        new ModelBuilder().Initializer("starts", -1).Initializer("ends", long.MinValue).Initializer("axes", 3).Initializer("steps", -2)
            .Add("Slice", "y", ["x", "starts", "ends", "axes", "steps"]),
        x => x.flip(3).index_select(3, tensor([0L, 2L])));

    [TestCase(-9, long.MinValue, -1, 0L)]
    [TestCase(-9, -9, -2, 0L)]
    [TestCase(9, long.MinValue, -3, 3L, 0L)]
    [TestCase(1, -9, -1, 1L, 0L)]
    [TestCase(-9, 2, 1, 0L, 1L)]
    [TestCase(long.MinValue, long.MaxValue, long.MaxValue, 0L)]
    public void ASliceBeginsWithinTheAxis(long start, long end, long step, params long[] kept) => RequireSame(
        new ModelBuilder().Initializer("starts", start).Initializer("ends", end).Initializer("axes", 3).Initializer("steps", step)
            .Add("Slice", "y", ["x", "starts", "ends", "axes", "steps"]),
        x => x.index_select(3, tensor(kept)));

    [Test]
    public void ASliceOfNoValuesIsEmpty() => RequireSame(
        new ModelBuilder().Initializer("none", 0).Initializer("back", -1)
            .Add("ConstantOfShape", "empty", ["none"]).Add("Slice", "still", ["empty", "back", "none", "none", "back"])
            .Add("Shape", "length", ["still"]).Add("Cast", "c", ["length"], AttributeWriter.Integer("to", 1)).Add("Add", "y", ["x", "c"]),
        x => x);

    [Test]
    public void AConcatenationJoinsAnyAxisAndConstants() =>
        RequireSame(
            new ModelBuilder()
                .Initializer("c", ones(1, 2, 3, 1) * 7)
                .Add("Tanh", "t", ["x"])
                .Add("Concat", "y", ["x", "c", "t"], AttributeWriter.Integer("axis", -1)),
            x => cat([x, full([x.shape[0], 2, 3, 1], 7f), x.tanh()], 3));

    [Test]
    public void AConcatenationAlongTheChannelsIsPlain() =>
        RequireSame(
            new ModelBuilder().Add("Tanh", "t", ["x"]).Add("Concat", "y", ["x", "t"], AttributeWriter.Integer("axis", 1)),
            x => cat([x, x.tanh()], 1),
            nodes: 3);

    [TestCase("constant")]
    [TestCase("reflect")]
    [TestCase("edge")]
    [TestCase("wrap")]
    public void APadIsWhatItsModeSays(string mode) => RequireSame(
        new ModelBuilder(19).Initializer("pads", 1, 2, -1, 1).Initializer("axes", 2, 3).Initializer("value", tensor(3f))
            .Add("Pad", "y", ["x", "pads", "value", "axes"], ModelBuilder.Text("mode", mode)),
        x => x.index_select(2, tensor(Rows(mode))).index_select(3, tensor(Columns(mode))) * Mask(mode) + (3 * (1 - Mask(mode))));

    [Test]
    public void APadInAnotherModeIsRefused()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", 1, 2, 3, 4).Output("y", 1).Initializer("pads", 0, 0, 0, 1, 0, 0, 0, 0)
            .Add("Pad", "y", ["x", "pads"], ModelBuilder.Text("mode", "magic")).Save(folder["model.onnx"]);
        Assert.That(() => OnnxModel.Load(folder["model.onnx"]), Throws.InstanceOf<OnnxException>().With.Message.Contains("'magic'"));
    }

    [Test]
    public void BranchesBroadcast() => RequireSame(
        new ModelBuilder().Add("GlobalAveragePool", "mean", ["x"]).Add("Sub", "y", ["x", "mean"]), x => x - x.mean([2, 3], keepdim: true));

    [Test]
    public void ConstantsComeFromEitherSide() =>
        RequireSame(
            new ModelBuilder()
                .Initializer("a", tensor([1f, 2f, 3f]).reshape(3, 1))
                .Initializer("b", tensor(2f))
                .Initializer("c", rand(1, 2, 1, 4) + 1)
                .Add("Sub", "s", ["a", "x"])
                .Add("Mul", "m", ["b", "s"])
                .Add("Div", "d", ["m", "b"])
                .Add("Add", "p", ["b", "d"])
                .Add("Sub", "y", ["p", "a"]),
            x => 2 - x);

    [Test]
    public void ConstantsOfMoreAxesRepeatValues() =>
        RequireSame(
            new ModelBuilder()
                .Initializer("c", arange(5).to(float32).reshape(5, 1))
                .Initializer("axes", 3)
                .Add("Unsqueeze", "u", ["x", "axes"])
                .Add("Add", "y", ["u", "c"]),
            x => x.unsqueeze(3) + arange(5).to(float32).reshape(5, 1));

    [Test]
    public void TheProductOfTwoBranchesIsComputed() =>
        RequireSame(new ModelBuilder().Add("Tanh", "t", ["x"]).Add("Mul", "y", ["x", "t"]), x => x * x.tanh());

    [Test]
    public void TheQuotientOfTwoBranchesIsRefused()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder()
            .Input("x", 1, 2, 3, 4)
            .Output("y", 1)
            .Add("Tanh", "t", ["x"])
            .Add("Div", "y", ["x", "t"])
            .Save(folder["model.onnx"]);
        Assert.That(() => OnnxModel.Load(folder["model.onnx"]), Throws.InstanceOf<OnnxException>().With.Message.Contains("Div"));
    }

    private static long[] Rows(string mode) => mode switch
    {
        "reflect" => [1, 0, 1],
        "wrap" => [2, 0, 1],
        _ => [0, 0, 1],
    };

    private static long[] Columns(string mode) => mode switch
    {
        "reflect" => [2, 1, 0, 1, 2, 3, 2],
        "wrap" => [2, 3, 0, 1, 2, 3, 0],
        _ => [0, 0, 0, 1, 2, 3, 3],
    };

    /// <summary>1 where values are, 0 where the constant is.</summary>
    private static Tensor Mask(string mode)
    {
        var rows = tensor([mode == "constant" ? 0f : 1, 1, 1]).reshape(3, 1);
        var columns = mode == "constant" ? tensor([0f, 0, 1, 1, 1, 1, 0]) : ones(7);
        return (rows * columns).reshape(1, 1, 3, 7);
    }

    private static void RequireSame(ModelBuilder builder, Func<Tensor, Tensor> expected, int? nodes = null)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        manual_seed(1);
        builder.Input("x", null, 2, 3, 4).Output("y", 1).Save(folder["model.onnx"]);
        using var model = OnnxModel.Load(folder["model.onnx"], new OnnxLoadOptions { Batch = OnnxBatch.FirstAxis });
        var x = randn(3, 2, 3, 4);
        Assert.That(TensorValues.Gap(model.Graph.Forward(x), expected(x)), Is.LessThan(1e-6));
        if (nodes is not null)
            Assert.That(model.Graph.Nodes, Has.Count.EqualTo(nodes), model.Graph.ToString());
    }
}
