using RobustPruning.Onnx.Wire;
using RobustPruning.Onnx.Writing;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests;

public sealed class OnnxModelTests
{
    private TemporaryFolder _folder = null!;

    private string Path => _folder["model.onnx"];

    [SetUp]
    public void NewFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void NamesShapeAndOpsetAreTheFiles()
    {
        new ModelBuilder(11).Input("image.1", null, 3, 2, 2).Output("logits", null, 12).Output("map", null, 3, 2, 2)
            .Add("Relu", "map", ["image.1"]).Add("Flatten", "logits", ["map"]).Save(Path);
        using var model = OnnxModel.Load(Path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.InputName, Is.EqualTo("image.1"));
            Assert.That(model.Graph.Input.Name, Is.EqualTo("image.1"));
            Assert.That(model.InputShape, Is.EqualTo(new long[] { 1, 3, 2, 2 }));
            Assert.That(model.Graph.Input.Shape, Is.EqualTo(new long[] { 3, 2, 2 }));
            Assert.That(model.OutputNames, Is.EqualTo(new[] { "logits", "map" }));
            Assert.That(model.Graph.Outputs.Select(output => output.Name), Is.EqualTo(model.OutputNames));
            Assert.That(model.Opset, Is.EqualTo(11));
            Assert.That(model.HasBatch, Is.True);
            Assert.That(model.Network.training, Is.False);
        }
    }

    [TestCase(9)]
    [TestCase(21)]
    public void EveryOpsetFromNineToTwentyOneLoads(int opset)
    {
        new ModelBuilder(opset).Input("x", 1, 4).Output("y", 1, 4).Add("Relu", "y", ["x"]).Save(Path);
        using var model = OnnxModel.Load(Path);
        Assert.That(model.Opset, Is.EqualTo(opset));
    }

    [TestCase(24)]
    [TestCase(0)]
    [TestCase(-1)]
    public void AnotherOpsetIsRefused(int opset)
    {
        new ModelBuilder(opset).Input("x", 1, 4).Output("y", 1, 4).Add("Relu", "y", ["x"]).Save(Path);
        Assert.That(Load, Throws.InstanceOf<OnnxException>().With.Message.Contains($"opset {opset}"));
    }

    [Test]
    public void AnOldDefinitionOfAnOperatorIsRefused()
    {
        new ModelBuilder(6).Input("x", 1, 4).Output("y", 1, 4).Add("Dropout", "y", ["x"]).Save(Path);
        Assert.That(Load, Throws.InstanceOf<OnnxException>().With.Message.Contains("Operator Dropout, node 'node_y', opset 6"));
    }

    [Test]
    public void AnUnknownOperatorIsNamedWithNodeAndOpset()
    {
        new ModelBuilder(13).Input("x", 1, 4).Output("y", 1, 4).Add("Mish", "y", ["x"]).Save(Path);
        var error = Assert.Throws<OnnxException>(Load)!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Message, Is.EqualTo($"{Path}: Operator Mish, node 'node_y', opset 13: this operator is not supported."));
            Assert.That((error.Path, error.Operator, error.Node, error.Opset), Is.EqualTo((Path, "Mish", "node_y", (long?)13)));
        }
    }

    [Test]
    public void AnOperatorOfAnotherSetIsRefused()
    {
        new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).AddWith("Relu", "com.microsoft", ["y"], ["x"]).Save(Path);
        Assert.That(Load, Throws.InstanceOf<OnnxException>().With.Message.Contains("com.microsoft"));
    }

    [Test]
    public void AnAttributeThatTheOperatorDoesNotKnowIsRefused()
    {
        new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).Add("Relu", "y", ["x"], AttributeWriter.Float("slope", 2)).Save(Path);
        Assert.That(Load, Throws.InstanceOf<OnnxException>().With.Message.Contains("'slope'"));
    }

    [Test]
    public void AnAttributeOfAnotherTypeIsRefused()
    {
        // Their values would be read as 0, or as left out.
        RequireRefused("LeakyRelu", ["x"], "'alpha' is of the type Integer instead of Float", AttributeWriter.Integer("alpha", 1));
        RequireRefused("Flatten", ["x"], "'axis' is of the type Float instead of Integer", AttributeWriter.Float("axis", 1));
        RequireRefused("Transpose", ["x"], "'perm' is of the type Integer instead of Integers", AttributeWriter.Integer("perm", 1));
        RequireRefused("Pad", ["x", "pads"], "'mode' is of the type Integers instead of Text", AttributeWriter.Integers("mode", [1]));
        RequireRefused("ConstantOfShape", ["pads"], "'value' is of the type Float instead of Tensor", AttributeWriter.Float("value", 1));
    }

    [Test]
    public void AnAttributeOfNoStatedTypeIsRead()
    {
        new ModelBuilder()
            .Input("x", 1, 2)
            .Output("y", 1, 2)
            .Add("LeakyRelu", "y", ["x"], new MessageWriter().Text(1, "alpha").Float(2, 0.5f))
            .Save(Path);
        using var model = OnnxModel.Load(Path);
        using var output = model.Graph.Forward(-ones(1, 2));
        Assert.That(output.Numbers(), Is.EqualTo(new[] { -0.5, -0.5 }));
    }

    [Test]
    public void AnAttributeThatRefersOrIsThereTwiceIsRefused()
    {
        RequireRefused("LeakyRelu", ["x"], "'alpha' refers to a function's", AttributeWriter.Float("alpha", 0.5).Text(21, "slope"));
        RequireRefused(
            "LeakyRelu", ["x"], "'alpha' is there twice", AttributeWriter.Float("alpha", 0.5), AttributeWriter.Float("alpha", 0.25));
    }

    [Test]
    public void APartThatMayBeThereOnceIsRefusedTwice()
    {
        var graph = new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).Add("Relu", "y", ["x"]).ToBytes();
        File.WriteAllBytes(Path, [.. graph, .. graph]);
        Assert.That(Load, Throws.InstanceOf<OnnxException>().With.Message.Contains("twice"));
        var half = new byte[8];
        Assert.That(
            () => Added(ModelBuilder.Raw("w", ElementType.Float, [4], half).Bytes(9, half)),
            Throws.InstanceOf<OnnxException>().With.Message.Contains("twice"));
        Assert.That(
            () => Added(ModelBuilder.Raw("w", ElementType.Float, [4], half).Float(4, 1).Float(4, 2)),
            Throws.InstanceOf<OnnxException>().With.Message.Contains("twice"));
    }

    [TestCase("MaxPool")]
    [TestCase("AveragePool")]
    public void APoolingNeedsAKernel(string name)
    {
        foreach (var attributes in new MessageWriter[][] { [], [AttributeWriter.Integers("kernel_shape", [])] })
        {
            new ModelBuilder().Input("x", 1, 2, 4, 4).Output("y", 1).Add(name, "y", ["x"], attributes).Save(Path);
            Assert.That(Load, Throws.InstanceOf<OnnxException>().With.Message.Contains("no kernel_shape"));
        }
    }

    [TestCase("Reshape", "x")]
    [TestCase("Expand", "x")]
    [TestCase("Gather", "x")]
    [TestCase("ConstantOfShape")]
    [TestCase("Reshape", "x", "")]
    public void AMissingInputIsNamed(string name, params string[] inputs)
    {
        // Along axis 1, as the batch is not gathered from.
        MessageWriter[] attributes = name == "Gather" ? [AttributeWriter.Integer("axis", 1)] : [];
        RequireRefused(name, inputs, $"its input {(name == "ConstantOfShape" ? 0 : 1)} is missing", attributes);
    }

    [Test]
    public void AnOutputThatIsNotFiniteIsRefused()
    {
        new ModelBuilder()
            .Input("x", 1, 4)
            .Output("y", 1, 4)
            .Output("w", 4)
            .Initializer("w", ones(4) * float.NaN)
            .Add("Relu", "y", ["x"])
            .Save(Path);
        Assert.That(Load, Throws.InstanceOf<OnnxException>().With.Message.StartsWith(Path));
    }

    [TestCase(1, 4, 8, 6)]
    [TestCase(1, 3, 8)]
    [TestCase(2, 3, 8, 6)]
    public void AShapeThatIsNotTheFilesIsRefused(params long[] shape)
    {
        new ModelBuilder().Input("x", 1, 3, null, null).Output("y", 1, 3, null, null).Add("Relu", "y", ["x"]).Save(Path);
        Assert.That(
            () => OnnxModel.Load(Path, new OnnxLoadOptions { InputShape = shape }),
            Throws.InstanceOf<OnnxException>().With.Message.Contains("[1, 3, ?, ?]").And.Message.Contains($"[{string.Join(", ", shape)}]"));
    }

    [Test]
    public void WhatNoOutputNeedsMayBeAnything()
    {
        new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).Add("Mish", "aside", ["x"]).Add("Relu", "y", ["x"]).Save(Path);
        using var model = OnnxModel.Load(Path);
        Assert.That(model.Graph.Nodes, Has.Count.EqualTo(2));
    }

    [Test]
    public void ASoftmaxAtTheEndCanBeLeftOut()
    {
        new ModelBuilder().Input("x", 1, 4).Output("probabilities", 1, 4).Initializer("w", eye(4) * 2)
            .Add("MatMul", "logits", ["x", "w"]).Add("Softmax", "probabilities", ["logits"]).Save(Path);
        using var whole = OnnxModel.Load(Path);
        Assert.That(whole.Graph.Forward(ones(1, 4)).Numbers(), Is.EqualTo(new[] { 0.25, 0.25, 0.25, 0.25 }).Within(1e-6));
        using var model = OnnxModel.Load(Path, new OnnxLoadOptions { StopBeforeSoftmax = true });
        using var output = model.Graph.Forward(ones(1, 4));
        Assert.That(output.Numbers(), Is.EqualTo(new double[] { 2, 2, 2, 2 }));
        Assert.That(model.Graph.Output.Name, Is.EqualTo("probabilities"));
    }

    [Test]
    public void FurtherInputsNeedValues()
    {
        new ModelBuilder().Input("x", 1, 4).Input("offset", 4).Output("y", 1, 4).Add("Add", "y", ["x", "offset"]).Save(Path);
        Assert.That(Load, Throws.InstanceOf<OnnxException>().With.Message.Contains("'x', 'offset'"));
        using var offset = tensor(new double[] { 1, 2, 3, 4 });
        using var model = OnnxModel.Load(Path, new OnnxLoadOptions { Constants = new Dictionary<string, Tensor> { ["offset"] = offset } });
        using var output = model.Graph.Forward(zeros(1, 4));
        Assert.That(output.Numbers(), Is.EqualTo(new double[] { 1, 2, 3, 4 }));
        Assert.That(offset.Numbers(), Is.EqualTo(new double[] { 1, 2, 3, 4 }), "it is the caller's still");
        Assert.That(
            () => OnnxModel.Load(Path, new OnnxLoadOptions { Constants = new Dictionary<string, Tensor> { ["other"] = offset } }),
            Throws.InstanceOf<OnnxException>().With.Message.Contains("'other'"));
    }

    [Test]
    public void SizesThatAreLeftOpenAreAskedFor()
    {
        new ModelBuilder().Input("x", null, 3, null, null).Output("y", null, 3, null, null).Add("Relu", "y", ["x"]).Save(Path);
        Assert.That(Load, Throws.InstanceOf<OnnxException>().With.Message.Contains("[?, 3, ?, ?]"));
        using var model = OnnxModel.Load(Path, new OnnxLoadOptions { InputShape = [1, 3, 8, 6] });
        Assert.That(model.Graph.Output.Shape, Is.EqualTo(new long[] { 3, 8, 6 }));
    }

    [TestCase(OnnxBatch.Automatic, false)]
    [TestCase(OnnxBatch.None, false)]
    [TestCase(OnnxBatch.FirstAxis, null)]
    public void AModelThatMixesItsFirstAxisIsReadAsOneSample(OnnxBatch batch, bool? hasBatch)
    {
        new ModelBuilder().Input("x", 2, 3).Output("y", 3, 2).Add("Transpose", "y", ["x"]).Save(Path);
        var options = new OnnxLoadOptions { Batch = batch };
        if (hasBatch is null)
        {
            Assert.That(() => OnnxModel.Load(Path, options), Throws.InstanceOf<OnnxException>().With.Message.Contains("mixes the samples"));
            return;
        }

        using var model = OnnxModel.Load(Path, options);
        using var scope = NewDisposeScope();
        var x = randn(5, 2, 3);
        Assert.That(model.HasBatch, Is.EqualTo(hasBatch));
        Assert.That(TensorValues.Gap(model.Graph.Forward(x), x.transpose(1, 2)), Is.Zero);
    }

    [Test]
    public void OtherTypesOfNumbersAreWidenedOrRounded()
    {
        double[] values = [0.5, -2, 1024, 0.09997558593];
        var half = values.SelectMany(value => BitConverter.GetBytes((Half)value)).ToArray();
        var brain = values
            .SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16)))
            .ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Added(ModelBuilder.Raw("w", ElementType.Float16, [4], half)), Is.EqualTo(values).Within(1e-4));
            Assert.That(
                Added(ModelBuilder.Raw("w", ElementType.BFloat16, [4], brain)),
                Is.EqualTo(values).Within(0.01).Percent.Or.EqualTo(values).Within(1e-3));
            Assert.That(
                Added(ModelBuilder.Raw("w", ElementType.Double, [4], [.. values.SelectMany(BitConverter.GetBytes)])),
                Is.EqualTo(values).Within(1e-7));
            Assert.That(
                Added(Header(ElementType.Float16).Integers(5, values.Select(value => (long)BitConverter.HalfToUInt16Bits((Half)value)))),
                Is.EqualTo(values).Within(1e-4));
            Assert.That(
                Added(Header(ElementType.Float).Float(4, 1).Float(4, 2).Float(4, 3).Float(4, 4)),
                Is.EqualTo(new double[] { 1, 2, 3, 4 }));
            Assert.That(
                () => Added(ModelBuilder.Raw("w", ElementType.String, [4], new byte[4])),
                Throws.InstanceOf<OnnxException>().With.Message.Contains("String"));
        }

        static MessageWriter Header(ElementType type) => new MessageWriter().Integers(1, [4]).Integer(2, (long)type).Text(8, "w");
    }

    [Test]
    public void WeightsThatTwoNodesShareAreEachNodesOwn()
    {
        new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).Initializer("w", eye(4) * 2)
            .Add("MatMul", "a", ["x", "w"]).Add("MatMul", "y", ["a", "w"]).Save(Path);
        using var model = OnnxModel.Load(Path);
        using var output = model.Graph.Forward(ones(1, 4));
        Assert.That(output.Numbers(), Is.EqualTo(new double[] { 4, 4, 4, 4 }));
        Assert.That(model.Network.parameters(), Has.Exactly(2).Items);
    }

    [Test]
    public void NamesThatDifferInDotsAreKeptApart()
    {
        new ModelBuilder().Input("x", 1, 4).Output("a_b", 1, 4).Initializer("w", eye(4))
            .Add("MatMul", "a.b", ["x", "w"]).Add("MatMul", "a_b", ["a.b", "w"]).Save(Path);
        using var model = OnnxModel.Load(Path);
        Assert.That(model.Graph.Output.Name, Is.EqualTo("a_b"));
    }

    [Test]
    public void AnOutputThatIsAnothersValueKeepsItsName()
    {
        new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).Output("z", 1, 2, 2).Initializer("shape", 1, 2, 2)
            .Add("Relu", "r", ["x"]).Add("Identity", "y", ["r"]).Add("Reshape", "z", ["y", "shape"]).Save(Path);
        using var model = OnnxModel.Load(Path);
        Assert.That(model.Graph.Outputs.Select(output => output.ToString()), Is.EqualTo(new[] { "y [4]", "z [2x2]" }));
    }

    [Test]
    public void LoadingLeavesNothingBehind()
    {
        new ModelBuilder()
            .Input("x", 1, 3, 4, 4)
            .Output("y", 1, 2)
            .Initializer("w", ones(2, 3, 2, 2))
            .Initializer("v", ones(2, 18))
            .Add("Conv", "c", ["x", "w"])
            .Add("Flatten", "f", ["c"])
            .Add("Gemm", "y", ["f", "v"], AttributeWriter.Integer("transB", 1))
            .Save(Path);
        Assert.That(LiveTensors.Growth(5, () => OnnxModel.Load(Path).Dispose(), parameters: 2), Is.LessThanOrEqualTo(0));
        new ModelBuilder().Input("x", 2, 3, 4, 4).Output("y", 1, 2).Initializer("w", ones(2, 3, 2, 2))
            .Add("Conv", "c", ["x", "w"]).Add("Transpose", "t", ["c"]).Add("Mish", "y", ["t"]).Save(Path);
        Assert.That(LiveTensors.Growth(5, () => Assert.Throws<OnnxException>(Load), parameters: 1), Is.LessThanOrEqualTo(0));
    }

    [Test]
    public void LoadingTakesHardlyMoreThanTheWeights()
    {
        using (var scope = NewDisposeScope())
        {
            new ModelBuilder().Input("x", 1, 1000).Output("y", 1, 2000).Initializer("w", rand(2000, 1000))
                .Add("Gemm", "y", ["x", "w"], AttributeWriter.Integer("transB", 1)).Save(Path);
        }

        OnnxModel.Load(Path).Dispose();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        using var model = OnnxModel.Load(Path);
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(1_000_000), $"of {new FileInfo(Path).Length} bytes");
    }

    [Test]
    public void OptionsHaveTheirDefaults()
    {
        var (load, save) = (new OnnxLoadOptions(), new OnnxSaveOptions());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                (load.Batch, load.InputShape, load.Constants.Count, load.StopBeforeSoftmax, load.MaxValues),
                Is.EqualTo((OnnxBatch.Automatic, (IReadOnlyList<long>?)null, 0, false, 1L << 24)));
            Assert.That(
                (save.InputName, save.OutputNames, save.GraphName),
                Is.EqualTo(((string?)null, (IReadOnlyList<string>?)null, "network")));
            Assert.That(() => OnnxModel.Load(Path, load with { MaxValues = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void SavedNamesCanBeChosen()
    {
        new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).Add("Relu", "y", ["x"]).Save(Path);
        using var model = OnnxModel.Load(Path);
        OnnxModel.Save(
            model.Graph,
            _folder["named.onnx"],
            new OnnxSaveOptions
            {
                InputName = "image",
                OutputNames = ["scores"],
                GraphName = "net",
            });
        using var named = OnnxModel.Load(_folder["named.onnx"]);
        Assert.That((named.InputName, named.OutputNames[0], named.Opset), Is.EqualTo(("image", "scores", 17L)));
        Assert.That(
            () => OnnxModel.Save(model.Graph, Path, new OnnxSaveOptions { OutputNames = ["a", "b"] }),
            Throws.InstanceOf<ArgumentException>());
        Assert.That(
            () => OnnxModel.Save(model.Graph, Path, new OnnxSaveOptions { InputName = "same", OutputNames = ["same"] }),
            Throws.InstanceOf<ArgumentException>());
    }

    private void Load() => OnnxModel.Load(Path).Dispose();

    private void RequireRefused(string name, string[] inputs, string problem, params MessageWriter[] attributes)
    {
        new ModelBuilder().Input("x", 1, 4).Output("y", 1).Output("z", 1).Initializer("pads", 0, 0, 0, 0).Add("Relu", "z", ["x"])
            .Add(name, "y", inputs, attributes).Save(Path);
        Assert.That(
            Load,
            Throws
                .InstanceOf<OnnxException>()
                .With.Message.Contains($"Operator {name}, node 'node_y', opset 17: ")
                .And.Message.Contains(problem));
    }

    private double[] Added(MessageWriter tensor)
    {
        new ModelBuilder().Input("x", 1, 4).Output("y", 1, 4).Initializer(tensor).Add("Add", "y", ["x", "w"]).Save(Path);
        using var model = OnnxModel.Load(Path);
        using var output = model.Graph.Forward(zeros(1, 4));
        return output.Numbers();
    }
}
