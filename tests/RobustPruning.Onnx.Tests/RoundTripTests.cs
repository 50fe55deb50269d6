using System.Diagnostics;
using RobustPruning.Graphs;
using RobustPruning.Tests;
using RobustPruning.Tests.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests;

public sealed class RoundTripTests
{
    private const string Python = "/usr/bin/python3";

    [Test]
    public void HundredRandomNetworksComeBackTheSame()
    {
        var seed = TestEnvironment.FreshSeed();
        using var folder = new TemporaryFolder();
        for (var index = 0; index < 100; index++)
        {
            using var scope = NewDisposeScope();
            using var network = index % 2 == 0 ? RandomGraphs.Network(seed + index) : Sequential(seed + index);
            RequireSame(network.Graph, folder[$"{index}.onnx"], $"seed {seed + index}, case {index}");
        }

        RequireAccepted(folder);
    }

    [Test]
    public void NodesOfAnyShapeComeBackTheSame()
    {
        var seed = TestEnvironment.FreshSeed();
        manual_seed(seed);
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([2, 3, 4]);
        var scaled = builder.Rescaling("scaled", builder.Input, new Rescaling(rand(2, 1, 1) + 0.5, randn(1, 3, 1)));
        var clipped = builder.Clip("clipped", scaled, -0.5, double.PositiveInfinity);
        var moved = builder.Rearrangement(
            "moved", clipped, [5, 2, 2], [23, -1, 0, 1, 1, 1, 7, -1, 9, 10, 11, 12, 13, 14, 3, 4, 5, 6, 8, 2]);
        var shaped = builder.Reshape("shaped", moved, [4, 5]);
        var shifted = builder.Rescaling("shifted", shaped, new Rescaling(1, 0.25));
        var same = builder.Rescaling("same", shifted, new Rescaling(1));
        var pooled = builder.AdaptiveAveragePool("pooled", builder.Reshape("map", same, [1, 4, 5]), nn.AdaptiveAvgPool2d((3, 2)));
        var flat = builder.Flatten("flat", pooled);
        using var network = new GraphModule(builder.Build(builder.Addition("sum", flat, flat, builder.Tanh("tanh", flat)), same));
        network.eval();
        RequireSame(network.Graph, folder["nodes.onnx"], $"seed {seed}");
        RequireAccepted(folder);
    }

    [Test]
    public void AnInputThatIsAnOutputGetsItsOwnName()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([3]);
        var inner = builder.Tanh("b", builder.Input);
        var graph = builder.Build(builder.Relu("output", inner), builder.Input);
        foreach (var names in new[] { ["a", "b"], null, new[] { "b", "output" } })
        {
            OnnxModel.Save(graph, folder["named.onnx"], new OnnxSaveOptions { OutputNames = names });
            using var model = OnnxModel.Load(folder["named.onnx"]);
            Assert.That(model.OutputNames, Is.EqualTo(names ?? ["output", "output_2"]));
            var x = randn(2, 3);
            Assert.That(TensorValues.Gap(model.Graph.Forward(x), graph.Forward(x)), Is.Zero);
        }

        Assert.That(
            () => OnnxModel.Save(graph, folder["named.onnx"], new OnnxSaveOptions { OutputNames = ["a", "a"] }),
            Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void ANetworkThatDoesNothingComesBack()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([3]);
        OnnxModel.Save(builder.Build(builder.Input), folder["nothing.onnx"]);
        using var model = OnnxModel.Load(folder["nothing.onnx"]);
        using var x = randn(2, 3);
        Assert.That(TensorValues.Gap(model.Graph.Forward(x), x), Is.Zero);
        RequireAccepted(folder);
    }

    private static void RequireSame(Graph graph, string path, string message)
    {
        OnnxModel.Save(graph, path);
        using var model = OnnxModel.Load(path);

        // The file holds 32-bit numbers; what computing with them rounds is not what is compared.
        foreach (var node in graph.Nodes.Concat(model.Graph.Nodes))
            node.Module?.to(float64);
        var images = randn([3, .. graph.Input.Shape], dtype: float64);
        var expected = graph.Run(images, [.. graph.Outputs]);
        var given = model.Graph.Run(images, [.. model.Graph.Outputs]);
        Assert.That(model.OutputNames, Is.EqualTo(graph.Outputs.Select(output => output.Name)), message);
        Assert.That(model.InputName, Is.EqualTo(graph.Input.Name), message);
        foreach (var (before, after) in graph.Outputs.Zip(model.Graph.Outputs))
        {
            Assert.That(after.Shape, Is.EqualTo(before.Shape), message);
            var scale = Math.Max(1, expected[before].abs().max().item<double>());
            Assert.That(TensorValues.Gap(given[after], expected[before]), Is.LessThan(1e-6 * scale), message);
        }
    }

    private static GraphModule Sequential(int seed)
    {
        var networks = new RandomNetworks(seed);
        var layers = networks.Network();
        var network = new GraphModule(Graph.Of(layers, networks.Shape));
        network.eval();
        return network;
    }

    /// <summary>
    /// Asks the ONNX project's checker, with inference of shapes, about all files at once, where Debian's python3-onnx is installed.
    /// </summary>
    private static void RequireAccepted(TemporaryFolder folder)
    {
        const string check =
            "import onnx, sys, glob\nfor path in glob.glob(sys.argv[1] + '/*.onnx'): onnx.checker.check_model(path, full_check=True)";
        if (!File.Exists(Python) || Run("import onnx", string.Empty).ExitCode != 0)
        {
            TestContext.Out.WriteLine("the checker is not asked: Debian's python3-onnx is not installed");
            return;
        }

        var (exitCode, errors) = Run(check, folder.Path);
        Assert.That(exitCode, Is.Zero, errors);
    }

    private static (int ExitCode, string Errors) Run(string script, string argument)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", script, argument]) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
