using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using RobustPruning.Onnx.Operators;
using RobustPruning.Onnx.Tests.Operators;
using RobustPruning.Onnx.Wire;
using RobustPruning.Tests;
using TorchSharp;
using static RobustPruning.Onnx.Writing.AttributeWriter;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests;

/// <summary>Random models of one operator, read here and run by ONNX Runtime, and what is written again, run by both.</summary>
public sealed class OnnxRuntimeTests
{
    private const int Trials = 60;

    // ROBUSTPRUNING_TRIALS=200 draws as many models of each operator.
    private static readonly int OperatorTrials = int.TryParse(Environment.GetEnvironmentVariable("ROBUSTPRUNING_TRIALS"), out var trials)
        ? trials
        : 12;

    private static IEnumerable<string> OperatorNames => OperatorTable.Names.Order(StringComparer.Ordinal);

    /// <summary>Every operator, read here and run by ONNX Runtime, and what is written again.</summary>
    [Test]
    public void EveryOperator([ValueSource(nameof(OperatorNames))] string name)
    {
        Assert.That(RandomOperators.All.Keys, Does.Contain(name), "Each operator has a way to be drawn.");
        Agree(random => RandomOperators.All[name](random), OperatorTrials);
    }

    [Test]
    public void Means() => Agree(random =>
    {
        var opset = random.Next(2) == 0 ? 13 : 18;
        long[] shape = Shape(random, random.Next(2, 5)),
            axes =

            [
                .. Enumerable
                    .Range(1, shape.Length - 1)
                    .Where(_ => random.Next(2) == 0)
                    .Select(axis => (long)axis)
                    .DefaultIfEmpty(shape.Length - 1),
            ];
        if (random.Next(2) == 0)
            axes = [.. axes.Select(axis => axis - shape.Length)];
        var keeps = Integer("keepdims", random.Next(2));
        var model = new ModelBuilder(opset).Input("X", [null, .. shape[1..]]).Output("Y");
        return opset < 18
            ? (model.Add("ReduceMean", "Y", ["X"], keeps, Integers("axes", axes)), shape)
            : (model.Initializer("axes", axes).Add("ReduceMean", "Y", ["X", "axes"], keeps), shape);
    });

    [Test]
    public void Sums() => Agree(random =>
    {
        long[] shape = Shape(random, 3), axes = [random.Next(1, 3)];
        var model = new ModelBuilder()
            .Input("X", [null, .. shape[1..]])
            .Output("Y")
            .Initializer("C", randn(shape[2]))
            .Initializer("axes", axes)
            .Add("ReduceSum", "r", ["X", "axes"], Integer("keepdims", 1))
            .Add("Relu", "a", ["X"]);
        return (model.Add("Sum", "Y", random.Next(2) == 0 ? ["X", "a", "r"] : ["C", "X", "a", "r"]), shape);
    });

    [Test]
    public void Parts() => Agree(random =>
    {
        long[] shape = Shape(random, 4);
        var axis = random.Next(1, 4);
        var first = random.NextInt64(0, shape[axis] + 1);
        var isEqual = shape[axis] % 2 == 0 && random.Next(2) == 0;
        if (first == 0 || first == shape[axis])
            (isEqual, shape[axis], first) = (true, 4, 2);
        var model = new ModelBuilder(random.Next(2) == 0 ? 13 : 17).Input("X", [null, .. shape[1..]]).Output("Y").Output("Z");
        return (
            isEqual
                ? model.AddWith("Split", "", ["Y", "Z"], ["X"], Integer("axis", axis))
                : model
                    .Initializer("parts", first, shape[axis] - first)
                    .AddWith("Split", "", ["Y", "Z"], ["X", "parts"], Integer("axis", axis)),
            shape);
    });

    [Test]
    public void SlopesBelowZero() => Agree(random =>
    {
        long[] shape = Shape(random, 4);
        long[] slopes = random.Next(3) switch { 0 => [1], 1 => [shape[1], 1, 1], _ => [.. shape[1..]] };
        return (
            new ModelBuilder().Input("X", [null, .. shape[1..]]).Output("Y").Initializer("a", randn(slopes)).Add("PRelu", "Y", ["X", "a"]),
            shape);
    });

    [Test]
    public void HardSigmoids() => Agree(random =>
    {
        long[] shape = Shape(random, random.Next(2, 5));
        return (new ModelBuilder().Input("X", [null, .. shape[1..]]).Output("Y")
            .Add("HardSigmoid", "Y", ["X"], Float("alpha", random.NextDouble()), Float("beta", random.NextDouble() - 0.3)), shape);
    });

    [Test]
    public void MapsOfAnotherSize() => Agree(random =>
    {
        long[] shape = Shape(random, 4);
        var opset = new[] { 11, 13, 18, 19 }[random.Next(4)];
        var mode = random.Next(2) == 0 ? "nearest" : "linear";
        string[] transforms = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"],
            roundings = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];
        MessageWriter[] attributes = [
            ModelBuilder.Text("mode", mode), ModelBuilder.Text("coordinate_transformation_mode", transforms[random.Next(4)]),
            ModelBuilder.Text("nearest_mode", roundings[random.Next(4)])];
        var model = new ModelBuilder(opset).Input("X", [null, .. shape[1..]]).Output("Y");

        // Scales that 32-bit and 64-bit numbers round alike.
        if (random.Next(2) == 0)
        {
            float[] scales = [1, 1, random.Next(1, 9) / 2f, random.Next(1, 9) / 2f];
            if (scales[2] * shape[2] % 1 != 0 || scales[3] * shape[3] % 1 != 0)
                (scales[2], scales[3]) = (2, 2);
            return (
                model
                    .Initializer("roi", empty(0))
                    .Initializer("scales", tensor(scales))
                    .Add("Resize", "Y", ["X", "roi", "scales"], attributes),
                shape);
        }

        // The batch keeps its size: one sample.
        shape[0] = 1;
        return (
            model
                .Initializer("roi", empty(0))
                .Initializer("none", empty(0))
                .Initializer("sizes", 1, shape[1], shape[2] * random.Next(1, 4), shape[3] * random.Next(1, 4))
                .Add("Resize", "Y", ["X", "roi", "none", "sizes"], attributes),
            shape);
    });

    [Test]
    public void MapsOfAnotherSizeAsBefore() => Agree(random =>
    {
        long[] shape = Shape(random, 4);
        var scales = tensor(new[] { 1, 1, random.Next(1, 4), (float)random.Next(1, 4) });
        var isUpsample = random.Next(2) == 0;
        return (
            new ModelBuilder(isUpsample ? 9 : 10)
                .Input("X", [null, .. shape[1..]])
                .Output("Y")
                .Initializer("scales", scales)
                .Add(
                    isUpsample ? "Upsample" : "Resize",
                    "Y",
                    ["X", "scales"],
                    ModelBuilder.Text("mode", random.Next(2) == 0 ? "nearest" : "linear")),
            shape);
    });

    [Test]
    public void TransposedConvolutions() => Agree(random =>
    {
        long[] shape = Shape(random, 4);
        long kernel = random.Next(1, 5),
            stride = random.Next(1, 4),
            outputs = random.Next(1, 4),
            padding = random.NextInt64(0, (kernel + 1) / 2);
        return (
            new ModelBuilder()
                .Input("X", [null, .. shape[1..]])
                .Output("Y")
                .Initializer("W", randn(shape[1], outputs, kernel, kernel))
                .Initializer("b", randn(outputs))
                .Add(
                    "ConvTranspose", "Y", ["X", "W", "b"], Integers("strides", [stride, stride]),
                    Integers("pads", [padding, padding, padding, padding])),
            shape);
    });

    [Test]
    public void ANewExporterMeansOverSpace() => Agree(random =>
    {
        long channels = random.Next(1, 5), size = random.Next(3, 8);
        return (
            new ModelBuilder(random.Next(18, 24))
                .Input("X", null, 2, size, size)
                .Output("Y")
                .Initializer("W", randn(channels, 2, 3, 3))
                .Initializer("G", randn(3, channels))
                .Initializer("axes", -1, -2)
                .Initializer("zero", 0)
                .Initializer("minus", -1)
                .Initializer("channels", channels)
                .Add("Conv", "c", ["X", "W"])
                .Add("Relu", "r", ["c"])
                .Add("ReduceMean", "m", ["r", "axes"], Integer("keepdims", 1), Integer("noop_with_empty_axes", 0))
                .Add("Shape", "s", ["X"], Integer("start", 0), Integer("end", 1))
                .Add("Concat", "t", ["s", "channels"], Integer("axis", 0))
                .Add("Reshape", "v", ["m", "t"], Integer("allowzero", 1))
                .Add("Gemm", "Y", ["v", "G"], Integer("transB", 1)),
            [2, 2, size, size]);
    });

    /// <summary>Random networks of all kinds of nodes, written and run by ONNX Runtime.</summary>
    [Test]
    public void WhatIsWrittenIsWhatIsMeant()
    {
        var seed = TestEnvironment.FreshSeed();
        using var folder = new TemporaryFolder();
        for (var trial = 0; trial < Trials; trial++)
        {
            using var scope = NewDisposeScope();
            using var network = RobustPruning.Tests.Pruning.RandomGraphs.Network(unchecked(seed + trial));
            OnnxModel.Save(network.Graph, folder["written.onnx"]);
            RequireSame(folder["written.onnx"], network.Graph, randn([2, .. network.Graph.Input.Shape]), $"seed {seed}, trial {trial}");
        }
    }

    private static void Agree(Func<Random, (ModelBuilder Model, long[] Shape)> draw, int trials = Trials)
    {
        var seed = TestEnvironment.FreshSeed();
        using var folder = new TemporaryFolder();
        for (var trial = 0; trial < trials; trial++)
        {
            using var scope = NewDisposeScope();
            manual_seed(unchecked(seed + trial));
            var (model, shape) = draw(new Random(unchecked(seed + trial)));
            model.Save(folder["read.onnx"]);
            using var read = OnnxModel.Load(folder["read.onnx"]);
            var images = randn(shape);
            RequireSame(folder["read.onnx"], read.Graph, images, $"read, seed {seed}, trial {trial}, [{string.Join(", ", shape)}]");
            OnnxModel.Save(read.Graph, folder["written.onnx"]);
            RequireSame(folder["written.onnx"], read.Graph, images, $"written, seed {seed}, trial {trial}, [{string.Join(", ", shape)}]");
        }
    }

    private static void RequireSame(string path, Graphs.Graph graph, torch.Tensor images, string message)
    {
        using var session = new InferenceSession(path);
        var input = new DenseTensor<float>(
            images.to(float32).contiguous().flatten().data<float>().ToArray(),
            [.. images.shape.Select(size => (int)size)]);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(session.InputNames[0], input)]);
        foreach (var (node, result) in graph.Outputs.Zip(results))
        {
            var expected = result.AsTensor<float>();
            var given = graph.Run(images, [node])[node];
            Assert.That(given.numel(), Is.EqualTo(expected.Length), message);
            double[] values = given.Numbers();
            var scale = 1 + expected.Max(Math.Abs);
            Assert.That(values.Zip(expected, (own, other) => Math.Abs(own - other)).Max(), Is.LessThan(2e-5 * scale), message);
        }
    }

    private static long[] Shape(Random random, int axes) => [2, .. Enumerable.Range(1, axes - 1).Select(_ => (long)random.Next(1, 6))];
}
