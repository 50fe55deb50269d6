using RobustPruning.Graphs;
using RobustPruning.Pruning;
using RobustPruning.Tests;
using TorchSharp;
using TorchSharp.Modules;
using static RobustPruning.Onnx.Writing.AttributeWriter;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests;

/// <summary>One constant of a file that is the weights of two layers: it stays one through training, pruning and saving.</summary>
public sealed class TiedWeightsTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void TwoLayersOfOneConstantStayAlike(bool turned)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Write(folder["tied.onnx"], turned);
        using var model = OnnxModel.Load(folder["tied.onnx"]);
        var before = Layers(model.Graph);
        Assert.That(before.All(layer => !layer.weight.requires_grad), Is.True);
        Assert.That(((Linear)model.Graph.Nodes.OfType<LinearNode>().Last().Module!).weight.requires_grad, Is.True);

        var optimizer = optim.SGD(model.Network.parameters().Where(parameter => parameter.requires_grad), 0.1);
        model.Network.call(randn(4, 3)).square().sum().backward();
        optimizer.step();
        Assert.That(before[0].weight.Numbers(), Is.EqualTo(before[1].weight.Numbers()));

        var plan = PruningPlan.Create(
            model.Graph,
            ChannelGroup.Of(model.Graph).ToDictionary(group => group, group => new double[group.Width]),
            new() { Ratio = 0.25 });
        using var pruned = ChannelPruner.Apply(model.Graph, plan);
        var after = Layers(pruned.Graph);
        Assert.That(after[0].weight.Numbers(), Is.EqualTo(after[1].weight.Numbers()));
        Assert.That(pruned.Graph.Parameters, Is.LessThan(model.Graph.Parameters));

        Models.ModelFile.Save(pruned, folder["tied.safetensors"]);
        using var loaded = Models.ModelFile.Load(folder["tied.safetensors"]);
        Assert.That(Layers(loaded.Graph).All(layer => !layer.weight.requires_grad), Is.True);

        OnnxModel.Save(loaded.Graph, folder["again.onnx"]);
        using var again = OnnxModel.Load(folder["again.onnx"]);
        Assert.That(Layers(again.Graph).All(layer => !layer.weight.requires_grad), Is.True);
        using var x = randn(5, 3);
        Assert.That(TensorValues.Gap(again.Graph.Forward(x), pruned.Graph.Forward(x)), Is.LessThan(1e-5));
    }

    [Test]
    public void EqualConstantsAreNotOne()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var values = randn(3, 3);
        new ModelBuilder().Input("X", null, 3).Output("Y", null, 3).Initializer("W", values).Initializer("V", values)
            .Add("Gemm", "a", ["X", "W"]).Add("Relu", "r", ["a"]).Add("Gemm", "Y", ["r", "V"]).Save(folder["equal.onnx"]);
        using var model = OnnxModel.Load(folder["equal.onnx"]);
        Assert.That(model.Network.parameters().All(parameter => parameter.requires_grad), Is.True);
    }

    // a = W x, b = W relu(a), and two layers of their own behind; the constant may be turned before it is used.
    private static void Write(string path, bool turned)
    {
        var builder = new ModelBuilder().Input("X", null, 3).Output("Y", null, 2)
            .Initializer("W", randn(3, 3)).Initializer("b", randn(3)).Initializer("V", randn(8, 3)).Initializer("U", randn(2, 8));
        if (turned)
            builder.Add("Transpose", "T", ["W"]);
        builder.Add("Gemm", "a", ["X", "W", "b"], Integer("transB", 1)).Add("Relu", "r", ["a"]);
        if (turned)
            builder.Add("Gemm", "c", ["r", "T", "b"]);
        else
            builder.Add("Gemm", "c", ["r", "W", "b"], Integer("transB", 1));
        builder
            .Add("Relu", "s", ["c"])
            .Add("Gemm", "d", ["s", "V"], Integer("transB", 1))
            .Add("Relu", "t", ["d"])
            .Add("Gemm", "Y", ["t", "U"], Integer("transB", 1))
            .Save(path);
    }

    private static Linear[] Layers(Graph graph) => [.. graph.Nodes.OfType<LinearNode>().Take(2).Select(node => node.Weights)];
}
