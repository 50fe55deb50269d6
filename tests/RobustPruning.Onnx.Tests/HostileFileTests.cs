using System.Diagnostics;
using RobustPruning.Onnx.Lowering;
using RobustPruning.Onnx.Wire;
using RobustPruning.Onnx.Writing;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests;

/// <summary>
/// Files that are damaged, or made to do harm: each is refused with a message, or is a model after all, soon and without taking memory.
/// </summary>
public sealed class HostileFileTests
{
    private const int Variants = 2000;
    // Of the processors' time, which a busy machine does not stretch.
    private const double MostSeconds = 2;
    private const long MostBytes = 100_000_000;

    private readonly TemporaryFolder _folder = new();

    // The first use of libtorch and of the reader is not what is measured.
    [OneTimeSetUp]
    public void WarmUp()
    {
        ManyOperators().Save(_folder["warm.onnx"]);
        OnnxModel.Load(_folder["warm.onnx"]).Dispose();
    }

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void DamagedFilesAreRefusedOrLoad()
    {
        var seed = TestEnvironment.FreshSeed();
        var random = new Random(seed);
        byte[][] models = [ManyOperators().ToBytes(), Shapes().ToBytes(), Saved(seed)];
        var (refused, worst, most) = (0, TimeSpan.Zero, 0L);
        for (var variant = 0; variant < Variants; variant++)
        {
            var bytes = Damaged(models[variant % models.Length], random);
            var (isRefused, time, allocated) = Load(bytes, $"seed {seed}, variant {variant}");
            refused += isRefused ? 1 : 0;
            worst = time > worst ? time : worst;
            most = Math.Max(most, allocated);
        }

        TestContext.Out.WriteLine($"{refused} of {Variants} refused, at most {worst.TotalSeconds:f3} s and {most / 1e6:f1} MB");
        Assert.That(refused, Is.InRange(Variants / 2, Variants - 1));
    }

    [TestCase("Pad", "pads", new long[] { 0, 0, 1L << 40, 0, 0, 0, 0, 0 })]
    [TestCase("Pad", "pads", new long[] { 0, 0, long.MaxValue, 0, 0, 0, long.MaxValue, 0 })]
    [TestCase("Pad", "pads", new long[] { 0, 0, 1 << 13, 1 << 13, 0, 0, 1 << 13, 1 << 13 })]
    [TestCase("Reshape", "shape", new[] { 1, long.MaxValue, long.MaxValue, 4 })]
    [TestCase("Reshape", "shape", new[] { 1, 1L << 32, 1L << 32, 48 })]
    [TestCase("Expand", "shape", new[] { 1, 1L << 30, 3, 4, 4 })]
    [TestCase("Expand", "shape", new[] { 1, 1L << 62, 3, 4, 4 })]
    public void AFewBytesDoNotTakeAllMemory(string name, string input, long[] values) => RequireRefused(
        new ModelBuilder().Input("x", 1, 3, 4, 4).Output("y", 1).Initializer(input, values).Add(name, "y", ["x", input]), name);

    [TestCase("strides", new[] { 1L << 31, 1L << 31 })]
    [TestCase("strides", new[] { 1L << 30, 1L << 30 })]
    [TestCase("strides", new long[] { 1 << 12, 1 << 12 })]
    [TestCase("output_shape", new long[] { int.MaxValue, int.MaxValue })]
    [TestCase("output_padding", new long[] { int.MaxValue, int.MaxValue })]
    public void ATransposedConvolutionDoesNotTakeAllMemory(string attribute, long[] values) => RequireRefused(
        new ModelBuilder().Input("x", 1, 3, 4, 4).Output("y", 1).Initializer("w", ones(3, 2, 3, 3))
            .Add("ConvTranspose", "y", ["x", "w"], AttributeWriter.Integers(attribute, values)),
        "ConvTranspose");

    [TestCase("MaxPool", new long[] { int.MaxValue, int.MaxValue }, new long[] { int.MaxValue, int.MaxValue, 0, 0 })]
    [TestCase("MaxPool", new long[] { 4000, 4000 }, new long[] { 3000, 3000, 3000, 3000 })]
    [TestCase("AveragePool", new long[] { 1 << 15, 1 }, new long[] { 1 << 20, 0, 1 << 20, 0 })]
    public void APoolingDoesNotTakeAllMemory(string name, long[] kernel, long[] pads) => RequireRefused(
        new ModelBuilder().Input("x", 1, 3, 4, 4).Output("y", 1)
            .Add(name, "y", ["x"], AttributeWriter.Integers("kernel_shape", kernel), AttributeWriter.Integers("pads", pads)),
        name);

    [TestCase(new long[] { 2, 3, 1, 1 }, new long[] { 1, 3, 4, 4 }, new long[] { int.MaxValue, 0, int.MaxValue - 1, 0 })]
    [TestCase(new long[] { 2, 3, 1, 1 }, new long[] { 1, 3, 4, 4 }, new long[] { 0, 1 << 23, 0, 1 << 22 })]
    [TestCase(new long[] { 2, 3, 1, 1, 1 }, new long[] { 1, 3, 4, 4, 4 }, new long[] { int.MaxValue, 0, 0, int.MaxValue - 1, 0, 0 })]
    [TestCase(new long[] { 2, 3, 1, 1, 1 }, new long[] { 1, 3, 4, 4, 4 }, new long[] { 0, int.MaxValue, 0, 0, int.MaxValue, 0 })]
    [TestCase(new long[] { 2, 3, 1, 1, 1 }, new long[] { 1, 3, 4, 4, 4 }, new long[] { 0, 0, int.MaxValue, 0, 0, int.MaxValue })]
    public void AConvolutionDoesNotTakeAllMemory(long[] weights, long[] shape, long[] pads) => RequireRefused(
        new ModelBuilder().Input("x", [.. shape]).Output("y", 1).Initializer("w", ones(weights))
            .Add("Conv", "y", ["x", "w"], AttributeWriter.Integers("pads", pads)),
        "Conv");

    [TestCase("Add", 1 << 21)]
    [TestCase("Mul", 1 << 21)]
    [TestCase("MatMul", 1024, 1024)]
    [TestCase("Gemm", 1024, 1024)]
    [TestCase("Conv", 1024, 1024, 1, 1)]
    public void AConstantThatManyNodesReadDoesNotTakeAllMemory(string name, params long[] shape)
    {
        var size = shape.Length > 1 ? shape[1] : shape[0];
        var model = new ModelBuilder()
            .Input("x", [1, size, .. shape.Skip(2)])
            .Output("y", 1)
            .Initializer("shape", shape)
            .Add("ConstantOfShape", "c", ["shape"]);
        for (var node = 0; node < 100; node++)
            model.Add(name, node == 99 ? "y" : $"v{node}", [node == 0 ? "x" : $"v{node - 1}", "c"]);
        RequireRefused(model, name);
    }

    [TestCase("Reshape")]
    [TestCase("Cast")]
    public void CopiesOfAConstantDoNotTakeAllMemory(string name)
    {
        var model = new ModelBuilder().Input("x", 1, 1).Output("y", 1).Initializer("shape", 1 << 19).Initializer("w", zeros(1 << 19));
        string[] copies = [.. Enumerable.Range(0, 100).Select(index => $"w{index}")];
        foreach (var copy in copies)
            model.Add(name, copy, name == "Cast" ? ["w"] : ["w", "shape"], name == "Cast" ? [AttributeWriter.Integer("to", 1)] : []);
        RequireRefused(
            model.Add("Concat", "all", copies, AttributeWriter.Integer("axis", 0)).Add("Add", "y", ["x", "all"]),
            $"Operator {name}");
    }

    [Test]
    public void ConstantsDoNotTakeAllMemory() => RequireRefused(
        new ModelBuilder().Input("x", 1, 4).Output("y", 1).Initializer("shape", 1L << 20, 1L << 20)
            .Add("ConstantOfShape", "c", ["shape"]).Add("MatMul", "y", ["x", "c"]),
        "ConstantOfShape");

    [TestCase(new long[] { 1L << 31, 1L << 31, 1L << 2 })]
    [TestCase(new long[] { 1000, 1000, 1000 })]
    [TestCase(new long[] { -1, -4 })]
    [TestCase(new long[] { 5 })]
    [TestCase(new long[] { 3 })]
    [TestCase(new long[] { 0 })]
    public void ATensorOfMoreOrFewerValuesThanTheFileHoldsIsRefused(long[] shape) =>
        RequireRefused(
            new ModelBuilder()
                .Input("x", 1, 4)
                .Output("y", 1, 4)
                .Initializer(ModelBuilder.Raw("w", ElementType.Float, shape, new byte[16]))
                .Add("Add", "y", ["x", "w"]),
            "w");

    [Test]
    public void AnInputOfImpossibleShapeIsRefused()
    {
        RequireRefused(new ModelBuilder().Input("x", 1, 1L << 40, 1L << 40).Output("y", 1).Add("Relu", "y", ["x"]), "impossible");
        RequireRefused(new ModelBuilder().Input("x", 1, 1L << 40).Output("y", 1).Add("Relu", "y", ["x"]), "MaxValues");
        RequireRefused(new ModelBuilder().Input("x", 1, -4).Output("y", 1).Add("Relu", "y", ["x"]), "impossible");
        RequireRefused(
            new ModelBuilder().Input("x", [.. Enumerable.Repeat<long?>(1, 100_000)]).Output("y", 1).Add("Relu", "y", ["x"]),
            "impossible");
    }

    [Test]
    public void GraphsWithinGraphsAreSkippedHoweverDeep()
    {
        var inner = new MessageWriter();
        for (var depth = 0; depth < 3000; depth++)
            inner = new MessageWriter().Message(1, new MessageWriter().Message(5, new MessageWriter().Text(1, "body").Message(6, inner)));
        RequireRefused(
            new ModelBuilder()
                .Input("x", 1, 4)
                .Output("y", 1)
                .Add("Loop", "y", ["x"], new MessageWriter().Text(1, "body").Message(6, inner)),
            "Loop");
    }

    [Test]
    public void NodesInACircleAreRefused() => RequireRefused(
        new ModelBuilder().Input("x", 1, 4).Output("y", 1).Add("Add", "a", ["x", "y"]).Add("Relu", "y", ["a"]), "'y'");

    [Test]
    public void AValueThatNobodyGivesIsRefused() =>
        RequireRefused(new ModelBuilder().Input("x", 1, 4).Output("y", 1).Add("Add", "y", ["x", "nowhere"]), "'nowhere'");

    [Test]
    public void AnOutputThatNobodyGivesIsRefused() =>
        RequireRefused(new ModelBuilder().Input("x", 1, 4).Output("nowhere", 1).Add("Relu", "y", ["x"]), "'nowhere'");

    [Test]
    public void TwoValuesOfOneNameAreRefused()
    {
        RequireRefused(new ModelBuilder().Input("x", 1, 4).Output("y", 1).Add("Relu", "y", ["x"]).Add("Tanh", "y", ["x"]), "'y'");
        RequireRefused(new ModelBuilder().Input("x", 1, 4).Output("x", 1).Add("Relu", "x", ["x"]), "'x'");
        RequireRefused(
            new ModelBuilder()
                .Input("x", 1, 4)
                .Output("y", 1)
                .Initializer("w", ones(4))
                .Add("Relu", "w", ["x"])
                .Add("Add", "y", ["x", "w"]),
            "'w'");
        RequireRefused(new ModelBuilder().Input("x", 1, 4).Output("y", 1).Add("Relu", "x", ["x"]).Add("Tanh", "y", ["x"]), "'x'");
        RequireRefused(
            new ModelBuilder().Input("x", 1, 4).Output("y", 1).Initializer("w", 1).Initializer("w", 2).Add("Relu", "y", ["x"]),
            "'w'");
        RequireRefused(new ModelBuilder().Input("x", 1, 4).Output("y", 1).Output("y", 1).Add("Relu", "y", ["x"]), "'y'");
    }

    [Test]
    public void ManyNodesLoadInLinearTime()
    {
        var model = new ModelBuilder().Input("x", 1, 4).Output("y", 1);
        for (var node = 0; node < 20_000; node++)
            model.Add("Identity", node == 19_999 ? "y" : $"v{node}", [node == 0 ? "x" : $"v{node - 1}"]);
        Assert.That(Load(model.ToBytes(), "identities").IsRefused, Is.False);
    }

    [Test]
    public void ManyNodesThatWantOneNameAreNamedInLinearTime()
    {
        var names = new NodeNames(["x"]);
        var start = Environment.CpuUsage.TotalTime;
        var given = Enumerable.Range(0, 200_000).Select(_ => names.Free("x")).ToHashSet();
        Assert.That((Environment.CpuUsage.TotalTime - start).TotalSeconds, Is.LessThan(MostSeconds));
        Assert.That(given, Has.Count.EqualTo(200_000).And.No.Member("x"));
        Assert.That(names.Free("x_9"), Is.EqualTo("x_9_2"));
    }

    [Test]
    public void WhatIsNoModelIsRefused()
    {
        RequireRefused([], "declares no version");
        RequireRefused("not a model at all, but some text"u8.ToArray(), "damaged");
        RequireRefused([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "damaged");
        Assert.Throws<OnnxException>(() => OnnxModel.Load(_folder["missing.onnx"]));
        Assert.Throws<OnnxException>(() => OnnxModel.Load(_folder.Path));
        Assert.Throws<OnnxException>(() => OnnxModel.Load(string.Empty));
    }

    private void RequireRefused(ModelBuilder model, string named) => RequireRefused(model.ToBytes(), named);

    private void RequireRefused(byte[] bytes, string named)
    {
        File.WriteAllBytes(_folder["hostile.onnx"], bytes);
        Load(bytes, named);
        Assert.That(() => OnnxModel.Load(_folder["hostile.onnx"]), Throws.InstanceOf<OnnxException>().With.Message.Contains(named));
    }

    private (bool IsRefused, TimeSpan Time, long Allocated) Load(byte[] bytes, string message)
    {
        var path = _folder["variant.onnx"];
        File.WriteAllBytes(path, bytes);
        var (clock, start, before, isRefused) = (
            Stopwatch.StartNew(), Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread(), false);
        try
        {
            OnnxModel.Load(path).Dispose();
        }
        catch (OnnxException error)
        {
            isRefused = true;
            Assert.That(error.Message, Does.StartWith(path), message);
        }
        catch (Exception error)
        {
            Assert.Fail($"{message}: {error}");
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That((Environment.CpuUsage.TotalTime - start).TotalSeconds, Is.LessThan(MostSeconds), message);
        Assert.That(allocated, Is.LessThan(MostBytes + (20 * bytes.Length)), message);
        return (isRefused, clock.Elapsed, allocated);
    }

    /// <summary>Cut off, with bits turned, or with numbers, lengths among them, made great.</summary>
    private static byte[] Damaged(byte[] bytes, Random random)
    {
        var damaged = bytes.ToArray();
        switch (random.Next(3))
        {
            case 0:
                return damaged[..random.Next(damaged.Length)];
            case 1:
                for (var flips = random.Next(1, 9); flips > 0; flips--)
                    damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                return damaged;
            default:
                var place = random.Next(damaged.Length);
                byte[] great = [.. Enumerable.Repeat((byte)0xff, random.Next(1, 9)), (byte)random.Next(128)];
                return [.. damaged[..place], .. great, .. damaged[(place + random.Next(0, 2))..]];
        }
    }

    private byte[] Saved(int seed)
    {
        using var scope = NewDisposeScope();
        var networks = new RandomNetworks(seed);
        OnnxModel.Save(Graphs.Graph.Of(networks.Network(), networks.Shape), _folder["saved.onnx"]);
        return File.ReadAllBytes(_folder["saved.onnx"]);
    }

    private static ModelBuilder ManyOperators() =>
        new ModelBuilder()
            .Input("x", null, 2, 6, 6)
            .Output("y", null, 3)
            .Initializer("mean", ones(1, 2, 1, 1))
            .Initializer("w1", ones(4, 2, 3, 3))
            .Initializer("b1", ones(4))
            .Initializer("w2", ones(4, 2, 2, 2))
            .Initializer("pads", 0, 0, 1, 0, 0, 0, 0, 1)
            .Initializer("starts", 1)
            .Initializer("ends", 7)
            .Initializer("axes", 2)
            .Initializer("w3", ones(3, 2))
            .Add("Sub", "centred", ["x", "mean"])
            .Add(
                "Conv", "conv", ["centred", "w1", "b1"], AttributeWriter.Integers("pads", [0, 1, 1, 1]),
                AttributeWriter.Integers("strides", [1, 2]))
            .Add("LeakyRelu", "leaky", ["conv"], AttributeWriter.Float("alpha", 0.1))
            .Add("ConvTranspose", "spread", ["leaky", "w2"], AttributeWriter.Integers("strides", [2, 2]))
            .Add("Pad", "padded", ["spread", "pads"])
            .Add("Slice", "sliced", ["padded", "starts", "ends", "axes"])
            .Add(
                "MaxPool", "max", ["sliced"], AttributeWriter.Integers("kernel_shape", [2, 2]),
                AttributeWriter.Integers("pads", [0, 0, 1, 1]))
            .Add("GlobalAveragePool", "mean_of_all", ["max"])
            .Add("Flatten", "flat", ["mean_of_all"])
            .Add("Gemm", "y", ["flat", "w3"], AttributeWriter.Integer("transB", 1));

    private static ModelBuilder Shapes() =>
        new ModelBuilder(13)
            .Input("x", null, 2, 3, 4)
            .Output("y", null, 5)
            .Initializer("zero", 0)
            .Initializer("rest", -1)
            .Initializer("axes", 2)
            .Initializer("w", ones(24, 5))
            .Initializer("added", ones(2, 1, 4))
            .Add("Add", "sum", ["x", "added"])
            .Add("Transpose", "turned", ["sum"], AttributeWriter.Integers("perm", [0, 3, 1, 2]))
            .Add("Unsqueeze", "longer", ["turned", "axes"])
            .Add("Squeeze", "shorter", ["longer", "axes"])
            .Add("Concat", "joined", ["shorter", "shorter"], AttributeWriter.Integer("axis", 2))
            .Add(
                "AveragePool", "pooled", ["joined"], AttributeWriter.Integers("kernel_shape", [2, 1]),
                AttributeWriter.Integers("strides", [2, 1]))
            .Add("Shape", "shape", ["x"])
            .Add("Gather", "batch", ["shape", "zero"])
            .Add("Concat", "target", ["batch", "rest"], AttributeWriter.Integer("axis", 0))
            .Add("Reshape", "row", ["pooled", "target"])
            .Add("MatMul", "y", ["row", "w"]);
}
