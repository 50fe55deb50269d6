using RobustPruning.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

public sealed class FoldingTests
{
    [Test]
    public void FoldedEqualsOriginalAndLeavesItUntouched()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 40; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            network.to(float64);
            var before = network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
            var images = stack([random.Image(), random.Image()]).to(float64);
            using var folded = BatchNormalizationFolding.Fold(Graph.Of(network, random.Shape));

            var expected = network.forward(images);
            var scale = 1 + expected.Numbers().Max(Math.Abs);
            Assert.That(TensorValues.Gap(folded.forward(images), expected), Is.LessThan(1e-9 * scale), $"case {number}");
            Assert.That(folded.Graph.Nodes.OfType<BatchNormalizationNode>(), Is.Empty);
            foreach (var (name, value) in network.state_dict())
                Assert.That(TensorValues.Gap(value, before[name]), Is.Zero, name);
        }
    }

    [Test]
    public void TheCopyIsFrozenInEvaluationModeAndTheOriginalStaysInTrainingMode()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 1L)), ("bn", nn.BatchNorm2d(2)));
        using var folded = BatchNormalizationFolding.Fold(Graph.Of(network, 1, 3, 3));
        Assert.That(folded.parameters().Any(parameter => parameter.requires_grad), Is.False);
        Assert.That(folded.training, Is.False);
        Assert.That(network.children().All(child => child.training), Is.True);
        Assert.That(network.parameters().All(parameter => parameter.requires_grad), Is.True);
    }

    [Test]
    public void ANormalizationThatFollowsNoConvolutionStays()
    {
        using var scope = NewDisposeScope();
        using var first = nn.BatchNorm2d(1);
        first.running_mean!.Set(0.25);
        first.running_var!.Set(4);
        using var network = nn.Sequential(("bn", first), ("relu", nn.ReLU()), ("bn2", nn.BatchNorm2d(1, affine: false)));
        network.eval();
        var input = rand(2, 1, 3, 3);
        using var folded = BatchNormalizationFolding.Fold(Graph.Of(network, 1, 3, 3));
        Assert.That(folded.Graph.Nodes.OfType<BatchNormalizationNode>().Count(), Is.EqualTo(2));
        Assert.That(TensorValues.Gap(folded.forward(input), network.forward(input)), Is.LessThan(1e-6));
    }
}
