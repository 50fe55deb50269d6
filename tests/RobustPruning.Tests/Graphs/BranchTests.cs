using RobustPruning.Graphs;
using RobustPruning.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>Composite modules whose branches meet again, against the same computation by hand.</summary>
public sealed class BranchTests
{
    [Test]
    public void AResidualBlockAddsItsShortcut()
    {
        using var scope = NewDisposeScope();
        using var first = nn.Conv2d(2, 3, 3L, padding: 1);
        using var second = nn.Conv2d(3, 2, 3L, padding: 1);
        var builder = new GraphBuilder([2, 5, 5]);
        var inner = builder.LeakyRelu("act", builder.Convolution("conv1", builder.Input, first), 0.2);
        var sum = builder.Addition("add", builder.Convolution("conv2", inner, second), builder.Input, builder.Input);
        using var block = new GraphModule(builder.Build(builder.Tanh("out", sum)), "block");

        var input = randn(3, 2, 5, 5);
        var expected = (second.forward(nn.functional.leaky_relu(first.forward(input), 0.2)) + input + input).tanh();
        Assert.That(TensorValues.Gap(block.forward(input), expected), Is.Zero);
        Assert.That(block.Graph.PreActivations.Select(node => node.Name), Is.EqualTo(new[] { "conv1", "add" }));
    }

    [Test]
    public void AConcatenationJoinsChannelsOfMapsAndVectors()
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([2, 4, 4]);
        var pooled = builder.MaxPool("pool", builder.Sigmoid("sigmoid", builder.Input), nn.MaxPool2d(3L, stride: 1, padding: 1));
        var maps = builder.Concatenation("maps", pooled, builder.Input);
        var means = builder.Flatten("means", builder.AdaptiveAveragePool("global", maps, nn.AdaptiveAvgPool2d(1)));
        var vectors = builder.Concatenation("vectors", means, builder.Flatten("flatten", builder.Input));
        using var module = new GraphModule(builder.Build(vectors));

        var input = randn(3, 2, 4, 4);
        var joined = cat([nn.functional.max_pool2d(input.sigmoid(), 3, stride: 1, padding: 1), input], 1);
        Assert.That(TensorValues.Gap(module.forward(input), cat([joined.mean([2, 3]), input.flatten(1)], 1)), Is.LessThan(1e-6));
        Assert.That(maps.ToString(), Is.EqualTo("maps [4x4x4]"));
        Assert.That(vectors.ToString(), Is.EqualTo("vectors [36]"));
    }

    [Test]
    public void BranchesOfDifferentShapesAreRefused()
    {
        var builder = new GraphBuilder([2, 4, 4]);
        var narrow = builder.MaxPool("pool", builder.Input, nn.MaxPool2d(2L));
        Assert.That(() => builder.Addition("add", builder.Input, narrow), Throws.TypeOf<GraphException>()
            .With.Message.EqualTo("Layer 'add': it adds values of one shape, but 'input' gives [2, 4, 4] and 'pool' gives [2, 2, 2]."));
        Assert.That(() => builder.Concatenation("cat", builder.Input, narrow), Throws.TypeOf<GraphException>()
            .With.Message.EqualTo("Layer 'cat': it joins values of one size, but 'input' gives [2, 4, 4] and 'pool' gives [2, 2, 2]."));
        Assert.That(() => builder.Addition("alone", narrow), Throws.TypeOf<GraphException>().With.Message.Contains("two or more"));
        Assert.That(() => builder.Concatenation("nothing"), Throws.TypeOf<GraphException>().With.Message.Contains("two or more"));
    }

    [Test]
    public void FoldingKeepsANormalizationThatIsNotAlone()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([1, 4, 4]);
        var shared = builder.Convolution("shared", builder.Input, nn.Conv2d(1, 2, 3L, padding: 1));
        var left = builder.BatchNormalization("bn1", shared, Normalization(2));
        var right = builder.BatchNormalization("bn2", builder.Convolution("conv2", shared, nn.Conv2d(2, 2, 1L)), Normalization(2));
        using var module = new GraphModule(builder.Build(builder.Addition("add", left, right, shared)));
        module.eval();

        using var folded = BatchNormalizationFolding.Fold(module.Graph);
        var input = randn(3, 1, 4, 4);
        Assert.That(folded.Graph.Nodes.OfType<BatchNormalizationNode>().Select(node => node.Name), Is.EqualTo(new[] { "bn1" }));
        Assert.That(TensorValues.Gap(folded.forward(input), module.forward(input)), Is.LessThan(1e-5));
    }

    [Test]
    public void ABranchingNetworkComesBackFromAFile()
    {
        using var scope = NewDisposeScope();
        using var block = new RandomBranches(new Random(TestEnvironment.FreshSeed())).OfMaps(2, 4, "block");
        block.eval();
        var path = Path.Combine(Directory.CreateTempSubdirectory("robustpruning").FullName, "block.safetensors");
        try
        {
            ModelFile.Save(block, path);
            using var loaded = ModelFile.Load(path);
            var input = randn(2, 2, 4, 4);
            Assert.That(TensorValues.Gap(loaded.forward(input), block.forward(input)), Is.Zero);
            Assert.That(loaded.Graph.ToString(), Is.EqualTo(block.Graph.ToString()));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Test]
    public void AdaptivePoolingIsPlainPoolingWhereItsWindowsAreAlike()
    {
        for (var values = 1L; values < 9; values++)
        {
            for (var outputs = 1L; outputs < 9; outputs++)
            {
                using var scope = NewDisposeScope();
                var builder = new GraphBuilder([2, values, 5]);
                var node = (AdaptiveAveragePoolNode)builder.AdaptiveAveragePool("pool", builder.Input, nn.AdaptiveAvgPool2d((outputs, 5L)));
                var bins = Enumerable
                    .Range(0, (int)outputs)
                    .Select(bin =>
                        (
                            Start: bin * values / outputs,
                            Size: (long)Math.Ceiling((bin + 1) * values / (double)outputs) - (bin * values / outputs)))
                    .ToList();
                var steps = bins.Zip(bins.Skip(1), (a, b) => b.Start - a.Start).Distinct().ToList();
                var alike = bins.Select(bin => bin.Size).Distinct().Count() == 1 && steps.Count <= 1 && !steps.Contains(0);
                Assert.That(node.Uniform is not null, Is.EqualTo(alike), $"{values} to {outputs}");
                var input = randn(3, 2, values, 5);
                Assert.That(TensorValues.Gap(node.Affine(input), (node.Uniform ?? (AffineNode)node).Affine(input)), Is.LessThan(1e-6));
            }
        }
    }

    private static BatchNorm2d Normalization(long channels)
    {
        var module = nn.BatchNorm2d(channels);
        module.running_mean!.normal_(0, 0.5);
        module.running_var!.uniform_(0.2, 2);
        return module;
    }
}
