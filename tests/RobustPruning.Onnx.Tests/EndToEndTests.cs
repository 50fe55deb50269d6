using RobustPruning.Certification;
using RobustPruning.Onnx.Writing;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using RobustPruning.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests;

/// <summary>Models as other tools write them, loaded, certified, pruned and saved.</summary>
public sealed class EndToEndTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void NewFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void AResidualNetworkWithItsNormalisationCertifies()
    {
        var seed = TestEnvironment.FreshSeed();
        using var scope = NewDisposeScope();
        manual_seed(seed);
        Residual().Save(_folder["residual.onnx"]);
        using var model = OnnxModel.Load(_folder["residual.onnx"]);
        var image = (rand(3, 8, 8) * 0.8) + 0.1;
        var label = model.Graph.Forward(image.unsqueeze(0)).argmax().item<long>();
        using var certifier = new Certifier(
            model.Graph,
            SemanticSet.Of(new Brightness(-0.002, 0.002), new Contrast(-0.002, 0.002)),
            LinearProperty.Margins(3, (int)label, -0.2));
        var certificate = certifier.Certify(image);
        Assert.That(certificate.Certified, Is.EqualTo(2), certificate.ToString());
    }

    [Test]
    public void ANetworkFromSceneParametersToAnImageCertifies()
    {
        var seed = TestEnvironment.FreshSeed();
        using var scope = NewDisposeScope();
        manual_seed(seed);
        Scene().Save(_folder["scene.onnx"]);
        using var model = OnnxModel.Load(_folder["scene.onnx"]);
        Assert.That(model.Graph.Input.Shape, Is.EqualTo(new long[] { 4 }));
        var centre = rand(4) - 0.5;
        using var box = InputBox.Around(centre, 0.01);
        var label = model.Graph.Forward(centre.unsqueeze(0)).argmax().item<long>();
        var property = LinearProperty.Margins(2, (int)label, -0.05);
        using var certifier = new Certifier(model.Graph, box.Set, property);
        var certificate = certifier.Certify(box.Centre);
        Assert.That(certificate.Certified, Is.EqualTo(1), certificate.ToString());

        // What is proved holds for inputs drawn from the box.
        var outputs = model.Graph.Forward(centre + ((rand(500, 4) - 0.5) * 0.02));
        var margins = outputs.index_select(1, tensor(label)) - outputs.index_select(1, tensor(1 - label));
        Assert.That(margins.min().item<float>(), Is.GreaterThan(-0.05));
    }

    [Test]
    public void APrunedModelIsSavedAndLoadsTheSame()
    {
        var seed = TestEnvironment.FreshSeed();
        using var scope = NewDisposeScope();
        manual_seed(seed);
        Residual().Save(_folder["model.onnx"]);
        using var model = OnnxModel.Load(_folder["model.onnx"]);
        var scores = ChannelGroup
            .Of(model.Graph)
            .ToDictionary(group => group, group => Enumerable.Range(0, group.Width).Select(channel => (double)channel).ToArray());
        using var pruned = ChannelPruner.Apply(model.Graph, PruningPlan.Create(model.Graph, scores, new PruningOptions { Ratio = 0.5 }));
        pruned.eval();
        OnnxModel.Save(pruned.Graph, _folder["pruned.onnx"]);
        using var again = OnnxModel.Load(_folder["pruned.onnx"]);
        var images = rand(5, 3, 8, 8);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Graph.Parameters, Is.EqualTo(pruned.Graph.Parameters).And.LessThan(model.Graph.Parameters));
            Assert.That((again.InputName, again.OutputNames[0]), Is.EqualTo(("image", "scores")));
            Assert.That(TensorValues.Gap(again.Graph.Forward(images), pruned.Graph.Forward(images)), Is.LessThan(1e-6));
            Assert.That(
                TensorValues.Gap(model.Graph.Forward(images), pruned.Graph.Forward(images)),
                Is.GreaterThan(1e-3),
                "something was cut");
        }
    }

    [Test]
    public void ABiasThatIsAddedBehindALayerIsTheLayers()
    {
        using var scope = NewDisposeScope();
        var (w, b, v, c, d) = (randn(2, 2, 1), randn(1, 2, 1), randn(6, 4), randn(4), randn(2, 3));
        new ModelBuilder()
            .Input("x", null, 2, 3)
            .Output("y", null, 4)
            .Output("sum", null, 2, 3)
            .Initializer("w", w)
            .Initializer("b", b)
            .Initializer("v", v)
            .Initializer("c", c)
            .Initializer("d", d)
            .Add("Conv", "conv", ["x", "w"])
            .Add("Add", "biased", ["b", "conv"])
            .Add("Add", "sum", ["biased", "d"])
            .Add("Flatten", "flat", ["biased"])
            .Add("MatMul", "product", ["flat", "v"])
            .Add("Add", "y", ["product", "c"])
            .Save(_folder["model.onnx"]);
        using var model = OnnxModel.Load(_folder["model.onnx"]);
        Assert.That(
            model.Network.named_parameters().Select(named => named.name),
            Is.EquivalentTo(new[] { "biased.weight", "biased.bias", "y.weight", "y.bias" }));
        Assert.That(model.Graph.Nodes.OfType<Graphs.RescalingNode>().Select(node => node.Name), Is.EqualTo(new[] { "sum" }));
        var x = randn(4, 2, 3);
        var biased = (w.squeeze(2).matmul(x) + b);
        var values = model.Graph.Run(x, [.. model.Graph.Outputs]);
        Assert.That(TensorValues.Gap(values[model.Graph.Outputs[0]], biased.flatten(1).matmul(v) + c), Is.LessThan(1e-5));
        Assert.That(TensorValues.Gap(values[model.Graph.Outputs[1]], biased + d), Is.LessThan(1e-5));
    }

    [Test]
    public void LayersOfVectorsAndSeriesArePruned()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        new ModelBuilder()
            .Input("x", null, 2, 9)
            .Output("y", null, 3)
            .Initializer("w1", randn(6, 2, 3))
            .Initializer("w2", randn(8, 24))
            .Initializer("b2", randn(8))
            .Initializer("gamma", rand(8))
            .Initializer("beta", randn(8))
            .Initializer("mean", randn(8))
            .Initializer("var", rand(8))
            .Initializer("w3", randn(3, 8))
            .Add("Conv", "series", ["x", "w1"])
            .Add("Relu", "relu1", ["series"])
            .Add(
                "MaxPool", "pooled", ["relu1"], AttributeWriter.Integers("kernel_shape", [2]), AttributeWriter.Integers("strides", [2]),
                AttributeWriter.Integers("pads", [0, 1]))
            .Add("Flatten", "flat", ["pooled"])
            .Add("Gemm", "fc", ["flat", "w2", "b2"], AttributeWriter.Integer("transB", 1))
            .Add("BatchNormalization", "bn", ["fc", "gamma", "beta", "mean", "var"])
            .Add("Relu", "relu2", ["bn"])
            .Add("Gemm", "y", ["relu2", "w3"], AttributeWriter.Integer("transB", 1))
            .Save(_folder["model.onnx"]);
        using var model = OnnxModel.Load(_folder["model.onnx"]);
        Assert.That(
            ChannelGroup.Of(model.Graph).Select(group => (group.Name, group.Width)),
            Is.EquivalentTo(new[] { ("series", 6), ("fc", 8) }),
            model.Graph.ToString());
    }

    [Test]
    public void ALoadedModelTrains()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        Residual().Save(_folder["model.onnx"]);
        using var model = OnnxModel.Load(_folder["model.onnx"]);
        var (images, labels) = (rand(8, 3, 8, 8), randn(8, 3));
        using var optimizer = optim.Adam(model.Network.parameters(), 0.01);
        var losses = Enumerable.Range(0, 20).Select(_ =>
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.Network.call(images), labels);
            loss.backward();
            optimizer.step();
            return loss.item<float>();
        }).ToList();
        Assert.That(losses[^1], Is.LessThan(losses[0] / 2));
    }

    private static ModelBuilder Residual() =>
        new ModelBuilder(11)
            .Input("image", null, 3, 8, 8)
            .Output("scores", null, 3)
            .Initializer("mean", tensor([0.45f, 0.5f, 0.4f]).reshape(3, 1, 1))
            .Initializer("std", tensor([0.2f, 0.25f, 0.3f]).reshape(1, 3, 1, 1))
            .Initializer("w1", randn(6, 3, 3, 3) * 0.2)
            .Initializer("b1", randn(6) * 0.1)
            .Initializer("w2", randn(6, 6, 3, 3) * 0.15)
            .Initializer("gamma", rand(6) + 0.5)
            .Initializer("beta", randn(6) * 0.1)
            .Initializer("running_mean", randn(6) * 0.1)
            .Initializer("running_var", rand(6) + 0.5)
            .Initializer("w3", randn(3, 6))
            .Initializer("b3", randn(3))
            .Add("Sub", "centred", ["image", "mean"])
            .Add("Div", "normalised", ["centred", "std"])
            .Add("Conv", "conv1", ["normalised", "w1", "b1"], AttributeWriter.Integers("pads", [1, 1, 1, 1]))
            .Add("Relu", "relu1", ["conv1"])
            .Add("Conv", "conv2", ["relu1", "w2"], AttributeWriter.Integers("pads", [1, 1, 1, 1]))
            .Add("BatchNormalization", "bn2", ["conv2", "gamma", "beta", "running_mean", "running_var"])
            .Add("Add", "sum", ["bn2", "relu1"])
            .Add("Relu", "relu2", ["sum"])
            .Add("GlobalAveragePool", "pooled", ["relu2"])
            .Add("Flatten", "flat", ["pooled"])
            .Add("Gemm", "scores", ["flat", "w3", "b3"], AttributeWriter.Integer("transB", 1));

    private static ModelBuilder Scene() => new ModelBuilder().Input("scene", null, 4).Output("y", null, 2)
        .Initializer("w1", randn(4, 24) * 0.5).Initializer("b1", randn(24) * 0.1).Initializer("shape", -1, 6, 2, 2)
        .Initializer("w2", randn(6, 3, 2, 2) * 0.3).Initializer("w3", randn(4, 3, 3, 3) * 0.3).Initializer("w4", randn(64, 2) * 0.2)
        .Add("Gemm", "fc1", ["scene", "w1", "b1"]).Add("Relu", "relu1", ["fc1"]).Add("Reshape", "map", ["relu1", "shape"])
        .Add("ConvTranspose", "up", ["map", "w2"], AttributeWriter.Integers("strides", [2, 2])).Add("Relu", "relu2", ["up"])
        .Add("Conv", "conv", ["relu2", "w3"], AttributeWriter.Integers("pads", [1, 1, 1, 1])).Add("Relu", "relu3", ["conv"])
        .Add("Flatten", "flat", ["relu3"]).Add("MatMul", "y", ["flat", "w4"]);
}
