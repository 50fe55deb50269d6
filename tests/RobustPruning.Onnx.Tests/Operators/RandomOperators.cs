using RobustPruning.Onnx.Wire;
using TorchSharp;
using static RobustPruning.Onnx.Writing.AttributeWriter;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests.Operators;

/// <summary>For each operator a way to draw a small model of it, and the shape of its input.</summary>
internal static class RandomOperators
{
    public delegate (ModelBuilder Model, long[] Shape) Draw(Random random);

    public static readonly IReadOnlyDictionary<string, Draw> All = new Dictionary<string, Draw>
    {
        ["Add"] = random => Arithmetic(random, "Add"),
        ["Sub"] = random => Arithmetic(random, "Sub"),
        ["Mul"] = random => Arithmetic(random, "Mul"),
        ["Div"] = random => Arithmetic(random, "Div"),
        ["Pow"] = random => Plain(random, "Pow", model => model.Initializer("two", tensor(2f)), ["two"]),
        ["Sqrt"] = random => Root(random, "Sqrt", null),
        ["Reciprocal"] = random => Root(random, "Sqrt", "Reciprocal"),
        ["Relu"] = random => Plain(random, "Relu"),
        ["LeakyRelu"] = random => Plain(random, "LeakyRelu", attributes: Float("alpha", (random.NextDouble() * 2) - 1)),
        ["PRelu"] = random => Plain(random, "PRelu", model => model.Initializer("slope", randn(1)), ["slope"]),
        ["Sigmoid"] = random => Plain(random, "Sigmoid"),
        ["Tanh"] = random => Plain(random, "Tanh"),
        ["HardSigmoid"] = random =>
            Plain(random, "HardSigmoid", attributes: [Float("alpha", random.NextDouble()), Float("beta", random.NextDouble())]),
        ["HardSwish"] = random => Plain(random, "HardSwish"),
        ["Erf"] = random => Plain(random, "Erf"),
        ["Gelu"] = random => Plain(
            random, "Gelu", opset: 20, attributes: ModelBuilder.Text("approximate", random.Next(2) == 0 ? "none" : "tanh")),
        ["Clip"] = random => Plain(
            random, "Clip", model =>
                model.Initializer("low", tensor(-0.5f)).Initializer("high", tensor((float)random.NextDouble())), ["low", "high"]),
        ["Identity"] = random => Plain(random, "Identity"),
        ["Dropout"] = random => Plain(random, "Dropout"),
        ["Cast"] = random => Plain(random, "Cast", attributes: Integer("to", 1)),
        ["Softmax"] = random =>
        {
            long[] shape = Shape(random, random.Next(2, 5));
            var opset = random.Next(2) == 0 ? 11 : 17;
            return (Model(shape, opset).Add("Softmax", "Y", ["X"], Integer("axis", random.Next(1, shape.Length))), shape);
        },
        ["LayerNormalization"] = random =>
        {
            long[] shape = Wide(random, random.Next(2, 4));
            var axis = random.Next(1, shape.Length);
            return (
                Model(shape)
                    .Initializer("scale", randn(shape[axis..]))
                    .Initializer("bias", randn(shape[axis..]))
                    .Add(
                        "LayerNormalization",
                        "Y",
                        ["X", "scale", "bias"],
                        Integer("axis", random.Next(2) == 0 ? axis : axis - shape.Length),
                        Float("epsilon", 1e-3)),
                shape);
        },
        ["InstanceNormalization"] = random =>
        {
            long[] shape = Wide(random, 4);
            return (
                Model(shape)
                    .Initializer("scale", randn(shape[1]))
                    .Initializer("bias", randn(shape[1]))
                    .Add("InstanceNormalization", "Y", ["X", "scale", "bias"], Float("epsilon", 1e-3)),
                shape);
        },
        ["GroupNormalization"] = random =>
        {
            long[] shape = [2, 4, random.Next(2, 4), random.Next(2, 4)];
            return (
                Model(shape, 21)
                    .Initializer("scale", randn(4))
                    .Initializer("bias", randn(4))
                    .Add(
                        "GroupNormalization",
                        "Y",
                        ["X", "scale", "bias"],
                        Integer("num_groups", new[] { 1, 2, 4 }[random.Next(3)]),
                        Float("epsilon", 1e-3)),
                shape);
        },
        ["BatchNormalization"] = random =>
        {
            long[] shape = Shape(random, random.Next(2, 5));
            return (
                Model(shape)
                    .Initializer("s", randn(shape[1]))
                    .Initializer("b", randn(shape[1]))
                    .Initializer("m", randn(shape[1]))
                    .Initializer("v", rand(shape[1]) + 0.2)
                    .Add("BatchNormalization", "Y", ["X", "s", "b", "m", "v"]),
                shape);
        },
        ["Sum"] = random => Plain(random, "Sum", model => model.Add("Relu", "r", ["X"]), ["r", "X"]),
        ["Concat"] = random =>
        {
            long[] shape = Shape(random, random.Next(2, 5));
            return (
                Model(shape).Add("Relu", "r", ["X"]).Add("Concat", "Y", ["X", "r"], Integer("axis", random.Next(1, shape.Length))),
                shape);
        },
        ["Split"] = random =>
        {
            long[] shape = [2, 2 * random.Next(1, 3), random.Next(1, 4)];
            return (Model(shape, 13).Output("Z").AddWith("Split", "", ["Y", "Z"], ["X"], Integer("axis", 1)), shape);
        },
        ["ReduceMean"] = random => Reduced(random, "ReduceMean"),
        ["ReduceSum"] = random => Reduced(random, "ReduceSum"),
        ["GlobalAveragePool"] = random =>
        {
            long[] shape = Shape(random, 4);
            return (Model(shape).Add("GlobalAveragePool", "Y", ["X"]), shape);
        },
        ["AveragePool"] = random => Pooled(random, "AveragePool", Integer("count_include_pad", random.Next(2))),
        ["MaxPool"] = random => Pooled(random, "MaxPool"),
        ["Conv"] = random =>
        {
            long groups = random.Next(1, 3), kernel = random.Next(1, 4);
            long[] shape = [2, groups * random.Next(1, 3), random.Next(3, 7), random.Next(3, 7)];
            return (
                Model(shape)
                    .Initializer("W", randn(groups * random.Next(1, 3), shape[1] / groups, kernel, kernel))
                    .Add(
                        "Conv", "Y", ["X", "W"], Integer("group", groups), Integers("pads", [0, 1, 1, 0]),
                        Integers("strides", [random.Next(1, 3), 1])),
                shape);
        },
        ["ConvTranspose"] = random =>
        {
            long[] shape = [2, random.Next(1, 4), random.Next(1, 5), random.Next(1, 5)];
            long kernel = random.Next(1, 4), stride = random.Next(1, 3);
            return (
                Model(shape)
                    .Initializer("W", randn(shape[1], random.Next(1, 4), kernel, kernel))
                    .Add("ConvTranspose", "Y", ["X", "W"], Integers("strides", [stride, stride])),
                shape);
        },
        ["Gemm"] = random =>
        {
            long[] shape = Shape(random, 2);
            var outputs = random.Next(1, 5);
            return (
                Model(shape)
                    .Initializer("W", randn(outputs, shape[1]))
                    .Initializer("b", randn(outputs))
                    .Add(
                        "Gemm", "Y", ["X", "W", "b"], Integer("transB", 1), Float("alpha", random.NextDouble()),
                        Float("beta", random.NextDouble())),
                shape);
        },
        ["MatMul"] = random =>
        {
            long[] shape = Shape(random, random.Next(2, 4));
            return (Model(shape).Initializer("W", randn(shape[^1], random.Next(1, 5))).Add("MatMul", "Y", ["X", "W"]), shape);
        },
        ["Flatten"] = random =>
        {
            long[] shape = Shape(random, random.Next(2, 5));
            return (Model(shape).Add("Flatten", "Y", ["X"], Integer("axis", 1)), shape);
        },
        ["Reshape"] = random =>
        {
            long[] shape = Shape(random, 4);
            return (Model(shape).Initializer("to", 0, -1, shape[3]).Add("Reshape", "Y", ["X", "to"]), shape);
        },
        ["Transpose"] = random =>
        {
            long[] shape = Shape(random, 4), order = [.. new long[] { 1, 2, 3 }.OrderBy(_ => random.Next())];
            return (Model(shape).Add("Transpose", "Y", ["X"], Integers("perm", [0, .. order])), shape);
        },
        ["Unsqueeze"] = random => Plain(random, "Unsqueeze", model => model.Initializer("axes", 1), ["axes"]),
        ["Squeeze"] = random =>
        {
            long[] shape = [2, 1, random.Next(1, 4), random.Next(2, 4)];
            return (Model(shape).Initializer("axes", 1).Add("Squeeze", "Y", ["X", "axes"]), shape);
        },
        ["Expand"] = random =>
        {
            long[] shape = [2, random.Next(1, 4), 1];
            return (Model(shape).Initializer("to", 1, shape[1], random.Next(1, 5)).Add("Expand", "Y", ["X", "to"]), shape);
        },
        ["Slice"] = random =>
        {
            long[] shape = Wide(random, 4);
            var axis = random.Next(1, 4);
            return (
                Model(shape)
                    .Initializer("from", random.Next(0, (int)shape[axis]))
                    .Initializer("to", int.MaxValue)
                    .Initializer("axis", axis)
                    .Initializer("step", random.Next(1, 3))
                    .Add("Slice", "Y", ["X", "from", "to", "axis", "step"]),
                shape);
        },
        ["Gather"] = random =>
        {
            long[] shape = Shape(random, 3);
            return (
                Model(shape)
                    .Initializer("places", [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.NextInt64(shape[2]))])
                    .Add("Gather", "Y", ["X", "places"], Integer("axis", 2)),
                shape);
        },
        ["Pad"] = random =>
        {
            long[] shape = Wide(random, 3);
            string[] modes = ["constant", "reflect", "edge"];
            return (
                Model(shape)
                    .Initializer("pads", 0, 0, random.Next(0, 2), 0, random.Next(0, 2), random.Next(0, 2))
                    .Add("Pad", "Y", ["X", "pads"], ModelBuilder.Text("mode", modes[random.Next(3)])),
                shape);
        },
        ["Resize"] = random =>
        {
            long[] shape = Shape(random, 4);
            return (Model(shape, 13).Initializer("scales", tensor(new[] { 1f, 1, random.Next(1, 4), random.Next(1, 4) })).Add(
                "Resize", "Y", ["X", "", "scales"], ModelBuilder.Text("mode", random.Next(2) == 0 ? "nearest" : "linear")), shape);
        },
        ["Upsample"] = random =>
        {
            long[] shape = Shape(random, 4);
            return (
                Model(shape, 9)
                    .Initializer("scales", tensor(new[] { 1f, 1, random.Next(1, 4), random.Next(1, 4) }))
                    .Add("Upsample", "Y", ["X", "scales"], ModelBuilder.Text("mode", "nearest")),
                shape);
        },
        ["Shape"] = random =>
        {
            long[] shape = Shape(random, 3);
            return (
                Model(shape)
                    .Initializer("minus", -1)
                    .Add("Shape", "s", ["X"], Integer("start", 0), Integer("end", 1))
                    .Add("Concat", "to", ["s", "minus"], Integer("axis", 0))
                    .Add("Reshape", "Y", ["X", "to"]),
                shape);
        },
        ["Constant"] = random =>
            Plain(random, "Add", model => model.Add("Constant", "c", [], Float("value_float", random.NextDouble())), ["c"]),
        ["ConstantOfShape"] = random =>
            Plain(random, "Add", model => model.Initializer("one", 1).Add("ConstantOfShape", "c", ["one"]), ["c"]),
    };

    private static ModelBuilder Model(long[] shape, long opset = 17) =>
        new ModelBuilder(opset).Input("X", [null, .. shape[1..]]).Output("Y");

    private static long[] Shape(Random random, int axes) => [2, .. Enumerable.Range(1, axes - 1).Select(_ => (long)random.Next(1, 6))];

    private static long[] Wide(Random random, int axes) => [2, .. Enumerable.Range(1, axes - 1).Select(_ => (long)random.Next(2, 5))];

    private static (ModelBuilder Model, long[] Shape) Plain(
        Random random, string name, Func<ModelBuilder, ModelBuilder>? before = null, string[]? inputs = null, long opset = 17,
        params MessageWriter[] attributes)
    {
        long[] shape = Shape(random, random.Next(2, 5));
        var model = Model(shape, opset);
        return ((before?.Invoke(model) ?? model).Add(name, "Y", ["X", .. inputs ?? []], attributes), shape);
    }

    /// <summary>With a constant, with another value, or with a function of itself; along axes that are there or not.</summary>
    private static (ModelBuilder Model, long[] Shape) Arithmetic(Random random, string name)
    {
        long[] shape = Shape(random, random.Next(2, 5));
        var model = Model(shape);
        switch (random.Next(name == "Div" ? 2 : 5))
        {
            case 0:
                return (model.Initializer("C", rand(shape[^1]) + 0.5).Add(name, "Y", ["X", "C"]), shape);
            case 1:
                model.Initializer("axes", -1).Initializer("one", tensor(1f));
                return (
                    model
                        .Add("ReduceMean", "m", ["X"], Integers("axes", [-1]), Integer("keepdims", 1))
                        .Add("Mul", "q", ["m", "m"])
                        .Add("Add", "p", ["q", "one"])
                        .Add("Sqrt", "r", ["p"])
                        .Add(name, "Y", ["X", "r"]),
                    shape);
            case 2:
                return (model.Add("Sigmoid", "s", ["X"]).Add(name, "Y", ["X", "s"]), shape);
            case 3:
                return (model.Add("HardSigmoid", "s", ["X"], Float("alpha", 1 / 6.0)).Add(name, "Y", ["s", "X"]), shape);
            default:
                return (
                    model
                        .Initializer("root", tensor((float)Math.Sqrt(2)))
                        .Initializer("one", tensor(1f))
                        .Initializer("half", tensor(0.5f))
                        .Add("Div", "d", ["X", "root"])
                        .Add("Erf", "e", ["d"])
                        .Add("Add", "a", ["e", "one"])
                        .Add("Mul", "h", ["X", "half"])
                        .Add(name, "Y", ["h", "a"]),
                    shape);
        }
    }

    private static (ModelBuilder Model, long[] Shape) Root(Random random, string name, string? after)
    {
        long[] shape = Shape(random, random.Next(2, 5));
        var model = Model(shape)
            .Initializer("epsilon", tensor(0.1f))
            .Add("Mul", "q", ["X", "X"])
            .Add("Add", "p", ["q", "epsilon"])
            .Add(name, after is null ? "Y" : "r", ["p"]);
        return (after is null ? model : model.Add(after, "Y", ["r"]), shape);
    }

    private static (ModelBuilder Model, long[] Shape) Reduced(Random random, string name)
    {
        long[] shape = Shape(random, random.Next(2, 5));
        long axis = random.Next(1, shape.Length);
        var model = Model(shape, name == "ReduceSum" ? 17 : 18);
        return (model.Initializer("axes", axis).Add(name, "Y", ["X", "axes"], Integer("keepdims", random.Next(2))), shape);
    }

    private static (ModelBuilder Model, long[] Shape) Pooled(Random random, string name, params MessageWriter[] attributes)
    {
        long kernel = random.Next(2, 4);
        long[] shape = [2, random.Next(1, 4), random.Next(3, 7), random.Next(3, 7)];
        return (
            Model(shape)
                .Add(
                    name,
                    "Y",
                    ["X"],
                    [
                        Integers("kernel_shape", [kernel, kernel]),
                        Integers("strides", [random.Next(1, 3), random.Next(1, 3)]),
                        Integers("pads", [1, 0, 1, 0]),
                        .. attributes,
                    ]),
            shape);
    }
}
