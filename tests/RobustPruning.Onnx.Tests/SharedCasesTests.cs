using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using RobustPruning.Graphs;
using RobustPruning.Pruning;
using RobustPruning.Tests;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RobustPruning.Onnx.Tests;

/// <summary>Models on which the product once went wrong, in ../shared/cases; the tests are skipped where that is absent.</summary>
public sealed class SharedCasesTests
{
    /// <summary>What is read says what ONNX Runtime says, and so does what is written again.</summary>
    [Test]
    public void EveryModelIsReadAndWrittenAsItIsMeant(
        [Values("nhwc", "c2f64", "shared", "out1", "mapout", "k2", "dynmean", "sum", "op22")] string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = Path(name);
        using var model = OnnxModel.Load(path);
        for (var trial = 0; trial < 3; trial++)
        {
            var images = Images(name, model);
            RequireSame(path, model, images);
            OnnxModel.Save(model.Graph, folder["again.onnx"]);
            using var again = OnnxModel.Load(folder["again.onnx"]);
            RequireSame(folder["again.onnx"], again, images);
        }
    }

    /// <summary>No channel may leave: every measure refuses, and nothing removed is nothing gone.</summary>
    [Test]
    public void WithoutAChannelThatMayLeaveEveryMeasureRefuses([Values] PruningMeasure measure, [Values] PruningScope scope)
    {
        using var model = OnnxModel.Load(Path("nhwc"));
        var scores = ChannelGroup.Of(model.Graph).ToDictionary(group => group, group => new double[group.Width]);
        var half = new PruningOptions { Ratio = 0.5, Measure = measure, Scope = scope };
        Assert.That(() => PruningPlan.Create(model.Graph, scores, half), Throws.TypeOf<PruningException>());
        var nothing = PruningPlan.Create(model.Graph, scores, new() { Ratio = 0, Measure = measure, Scope = scope });
        Assert.That((nothing.ChannelRatio, nothing.ParameterRatio, nothing.MacRatio), Is.EqualTo((0.0, 0.0, 0.0)));
        Assert.That(nothing.ToString(), Does.Contain("gone: 0.0"));
    }

    /// <summary>Slices and transpositions stay what they are, of a file that once grew a hundredfold.</summary>
    [Test]
    public void AHalvedModelIsNoMuchLargerFile()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = OnnxModel.Load(Path("c2f64"));
        using var pruned = Halved(model.Graph);
        OnnxModel.Save(pruned.Graph, folder["pruned.onnx"]);
        Assert.That(new FileInfo(folder["pruned.onnx"]).Length, Is.LessThan(1.1 * new FileInfo(Path("c2f64")).Length));
        using var again = OnnxModel.Load(folder["pruned.onnx"]);
        RequireSame(folder["pruned.onnx"], again, Images("c2f64", model));
    }

    /// <summary>One constant of two layers is one through training, pruning and saving.</summary>
    [Test]
    public void OneWeightUsedTwiceStaysOne()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = OnnxModel.Load(Path("shared"));
        var trainable = model.Network.parameters().Where(parameter => parameter.requires_grad).ToList();
        if (trainable.Count > 0)
        {
            var optimizer = optim.SGD(trainable, 0.1);
            model.Network.call(randn([2, .. model.Graph.Input.Shape])).square().sum().backward();
            optimizer.step();
        }

        Assert.That(TiedLayers(model.Graph), Is.GreaterThan(0));
        Assert.That(() => Halved(model.Graph), Throws.TypeOf<PruningException>(), "its channels are mixed with one another");
        OnnxModel.Save(model.Graph, folder["trained.onnx"]);
        using var again = OnnxModel.Load(folder["trained.onnx"]);
        Assert.That(TiedLayers(again.Graph), Is.GreaterThan(0));

        // Layers of equal weights.
        static int TiedLayers(Graph graph)
        {
            var layers = graph.Nodes.Where(node => node.Module is not null);
            double[][] weights = [.. layers.Select(node => node.Module!.named_parameters().First().parameter.Numbers())];
            return weights.Index().Count(one =>
                weights.Index().Any(other => other.Index != one.Index && other.Item.SequenceEqual(one.Item)));
        }
    }

    /// <summary>A layer of one channel has none to give: the others lose theirs.</summary>
    [Test]
    public void ALayerOfOneChannelStays([Values] PruningMeasure measure)
    {
        using var scope = NewDisposeScope();
        using var model = OnnxModel.Load(Path("out1"));
        var scores = ChannelGroup.Of(model.Graph).ToDictionary(group => group, group => new double[group.Width]);
        Assert.That(scores.Keys.Any(group => group.Width == 1), Is.True);
        var plan = PruningPlan.Create(model.Graph, scores, new() { Ratio = 0.25, Measure = measure });
        using var pruned = ChannelPruner.Apply(model.Graph, plan);
        Assert.That(pruned.Graph.Parameters, Is.LessThan(model.Graph.Parameters));
    }

    private static string Path(string name) => TestEnvironment.RequireShared($"cases/onnx/{name}.onnx");

    private static GraphModule Halved(Graph graph)
    {
        var scores = ChannelGroup.Of(graph).ToDictionary(group => group, group => new double[group.Width]);
        return ChannelPruner.Apply(graph, PruningPlan.Create(graph, scores, new() { Ratio = 0.5, MinimumWidth = 2 }));
    }

    /// <summary>Inputs of one sample; those of the case where it has some.</summary>
    private static Tensor Images(string name, OnnxModel model)
    {
        if (name != "c2f64")
            return randn([1, .. model.Graph.Input.Shape]);
        var bytes = File.ReadAllBytes(TestEnvironment.RequireShared("cases/onnx/c2f64.bin"));
        return tensor(MemoryMarshal.Cast<byte, float>(bytes).ToArray()).reshape([1, .. model.Graph.Input.Shape]);
    }

    private static void RequireSame(string path, OnnxModel model, Tensor images)
    {
        using var session = new InferenceSession(path);
        int[] shape =
        [
            .. session.InputMetadata.Values.Single().Dimensions.Select((size, axis) =>
                size > 0 ? size : model.HasBatch && axis == 0 ? 1 : (int)images.shape[axis]),
        ];
        var input = new DenseTensor<float>(images.to(float32).contiguous().flatten().data<float>().ToArray(), shape);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(session.InputNames[0], input)]);
        var expected = results[0].AsTensor<float>().ToArray();
        double[] given = model.Graph.Forward(images).Numbers();
        Assert.That(given, Has.Length.EqualTo(expected.Length));
        Assert.That(given.Zip(expected, (own, other) => Math.Abs(own - other)).Max(), Is.LessThan(2e-5 * (1 + expected.Max(Math.Abs))));
    }
}
