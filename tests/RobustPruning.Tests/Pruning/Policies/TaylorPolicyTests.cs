using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

public sealed class TaylorPolicyTests
{
    [Test]
    public void EqualsTheLossesFirstOrderChangeWhenAChannelIsScaled([Values(1, 2, 5)] int imagesPerBatch)
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(1, 3, 2L, dtype: float64);
        using var network = nn.Sequential(
            ("conv", convolution), ("relu", nn.ReLU()), ("flatten", nn.Flatten()), ("fc", nn.Linear(12, 2, dtype: float64)));
        var images = rand(5, 1, 3, 3, dtype: float64);
        var labels = randn(5, 2, dtype: float64);
        var context = new PruningContext(Graph.Of(network, 1, 3, 3), images, SemanticSet.Of(new Brightness(-0.1, 0.1)),
            (outputs, first) => (outputs - labels.narrow(0, first, outputs.shape[0])).square().sum(1).mean());
        var score = new TaylorPolicy(imagesPerBatch).Score(context).Values.Single();

        // Scaling a pre-activation by 1 + e scales its channel's weights and bias: the loss of one image changes by e times activation x
        // gradient.
        for (var channel = 0; channel < 3; channel++)
        {
            var mean = Enumerable.Range(0, 5).Average(image => Math.Abs(FiniteDifference.Gradient(
                e => Loss(channel, 1 + e[0], image), [0], 1e-6).Single()));
            Assert.That(score[channel], Is.EqualTo(mean).Within(1e-6 * (1 + mean)));
        }

        double Loss(int channel, double factor, int image)
        {
            using var noGradient = no_grad();
            double[] weight = convolution.weight.Numbers(), bias = convolution.bias!.Numbers();
            convolution.weight.Set([.. weight.Select((value, index) => index / 4 == channel ? factor * value : value)]);
            convolution.bias!.Set([.. bias.Select((value, index) => index == channel ? factor * value : value)]);
            var loss = (network.forward(images.narrow(0, image, 1)) - labels.narrow(0, image, 1)).square().sum().item<double>();
            convolution.weight.Set(weight);
            convolution.bias!.Set(bias);
            return loss;
        }
    }

    [Test]
    public void WorksWithFrozenWeightsAndLeavesNoGradients()
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var convolution = nn.Conv2d(1, 3, 2L);
        using var network = nn.Sequential(("conv", convolution), ("relu", nn.ReLU()), ("conv2", nn.Conv2d(3, 1, 1L)));
        using var images = rand(3, 1, 3, 3);

        // No channel is always off: four weights of at most 1/2 on images in [0, 1] take away at most 2.
        convolution.bias!.Set([3, 3, 3]);
        foreach (var frozen in new[] { false, true })
        {
            foreach (var parameter in network.parameters())
                parameter.requires_grad = !frozen;
            var context = new PruningContext(
                Graph.Of(network, 1, 3, 3),
                images,
                SemanticSet.Of(new Brightness(-0.1, 0.1)),
                (outputs, _) => outputs.square().mean());
            Assert.That(new TaylorPolicy().Score(context).Values.Single(), Has.Some.GreaterThan(0));
            Assert.That(network.parameters().All(parameter => parameter.grad is null), Is.True);
        }
    }

    [Test]
    public void ABatchNeedsAnImage() => Assert.That(() => new TaylorPolicy(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
