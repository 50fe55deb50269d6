using RobustPruning.Benchmarks.Networks;
using RobustPruning.Graphs;
using RobustPruning.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests;

public sealed class NetworkFolderWriterTests
{
    private string _folder = null!;

    [SetUp]
    public void NewFolder() => _folder = Directory.CreateTempSubdirectory("robustpruning").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void AWrittenModelGivesTheSameOutputs([Values] bool batchNormalization)
    {
        var seed = TestEnvironment.FreshSeed();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var network = Cnn7.Create(new Cnn7Options(3, 10, 8, 4, 0.1, batchNormalization, seed));
        network.train();
        for (var batch = 0; batch < 5; batch++)
            network.forward(rand(8, 3, 10, 8)); // moves the running statistics
        network.eval();
        ModelFile.Save(network, Path.Combine(_folder, "model.safetensors"));
        using var loaded = ModelFile.Load(Path.Combine(_folder, "model.safetensors"));
        var images = rand(5, 3, 10, 8);
        NetworkFolderWriter.Write(Path.Combine(_folder, "dump"), loaded.Graph, images);

        var (read, readImages, outputs) = NetworkFolder.Read(Path.Combine(_folder, "dump"));
        using (read)
        {
            var expected = network.forward(images);
            var rounding = 1e-5 * (1 + expected.abs().max().item<float>());
            Assert.That(TensorValues.Gap(readImages, images), Is.Zero);
            Assert.That(TensorValues.Gap(read.forward(images), expected), Is.LessThan(rounding));
            Assert.That(TensorValues.Gap(outputs, expected), Is.LessThan(rounding));
            Assert.That(read.Graph.Nodes.OfType<BatchNormalizationNode>(), Is.Empty);
        }
    }

    [Test]
    public void LayersWithoutABiasGetZeros()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 2, 3, stride: 2, padding: 1, bias: false)),
            ("flatten", nn.Flatten()),
            ("fc", nn.Linear(18, 4, hasBias: false)));
        var graph = Graph.Of(network, 1, 5, 5);
        var images = rand(3, 1, 5, 5);
        NetworkFolderWriter.Write(_folder, graph, images);

        var (read, _, _) = NetworkFolder.Read(_folder);
        using (read)
            Assert.That(TensorValues.Gap(read.forward(images), graph.Forward(images)), Is.LessThan(1e-5));
    }

    [Test]
    public void WhatTheFormatCannotHoldIsRefusedByName()
    {
        using var scope = NewDisposeScope();
        Refused("pool", nn.Sequential(("pool", nn.AvgPool2d(2)), ("flatten", nn.Flatten()), ("fc", nn.Linear(8, 2))));
        Refused(
            "conv",
            nn.Sequential(("conv", nn.Conv2d(2, 2, (3, 1), padding: (1, 0))), ("flatten", nn.Flatten()), ("fc", nn.Linear(32, 2))));
        Refused(
            "conv",
            nn.Sequential(("conv", nn.Conv2d(2, 2, 3, padding: 1, groups: 2)), ("flatten", nn.Flatten()), ("fc", nn.Linear(32, 2))));
        Refused("bn", nn.Sequential(("bn", nn.BatchNorm2d(2)), ("flatten", nn.Flatten()), ("fc", nn.Linear(32, 2))));

        void Refused(string layer, TorchSharp.Modules.Sequential network)
        {
            network.eval();
            Assert.That(() => NetworkFolderWriter.Write(Path.Combine(_folder, "none"), Graph.Of(network, 2, 4, 4), zeros(1, 2, 4, 4)),
                Throws.TypeOf<GraphException>().With.Message.Contains($"'{layer}'"));
            Assert.That(Directory.Exists(Path.Combine(_folder, "none")), Is.False, "nothing is written");
        }
    }
}
