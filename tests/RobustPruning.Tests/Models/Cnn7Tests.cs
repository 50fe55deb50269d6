using RobustPruning.Models;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Models;

public sealed class Cnn7Tests
{
    [Test]
    public void FullWidthsAndParametersAreThoseOfThePapers()
    {
        using var network = Cnn7.Create(new Cnn7Options(Channels: 3, Height: 8, Width: 6, Keypoints: 5));
        Assert.That(network.Graph.Nodes.Where(node => node.Module is not null).Select(node => node.ToString()), Is.EqualTo(new[]
        {
            "conv1 [64x8x6]", "conv2 [64x8x6]", "conv3 [128x4x3]", "conv4 [128x4x3]", "conv5 [128x4x3]", "fc1 [512]", "fc2 [10]",
        }));
        Assert.That(
            network.Graph.Parameters,
            Is.EqualTo(
                (64 * 3 * 9)
                    + 64
                    + (64 * 64 * 9)
                    + 64
                    + (128 * 64 * 9)
                    + 128
                    + (2 * ((128 * 128 * 9) + 128))
                    + (512 * 128 * 12)
                    + 512
                    + (10 * 512)
                    + 10));
        Assert.That(network.Graph.PreActivations.Count(), Is.EqualTo(6));
    }

    [Test]
    public void AQuarterOfTheWidthIsTheSmallNetwork()
    {
        using var network = Cnn7.Create(new Cnn7Options(Height: 32, Width: 32, WidthMultiplier: 0.25));
        Assert.That(
            network.Graph.Nodes.Where(node => node.Module is not null).Select(node => node.Channels),
            Is.EqualTo(new[] { 16, 16, 32, 32, 32, 128, 46 }));
    }

    [Test]
    public void WithBatchNormalizationEveryConvolutionIsNormalised()
    {
        using var network = Cnn7.Create(new Cnn7Options(Height: 8, Width: 8, WidthMultiplier: 0.1, BatchNormalization: true));
        Assert.That(
            network.Graph.Nodes.Select(node => node.Name).Where(name => name.StartsWith("bn")),
            Is.EqualTo(new[] { "bn1", "bn2", "bn3", "bn4", "bn5" }));
    }

    [Test]
    public void AFreshNetworkPredictsNearTheCentreOfTheImage()
    {
        using var scope = NewDisposeScope();
        for (var seed = 0; seed < 5; seed++)
        {
            using var network = Cnn7.Create(new Cnn7Options(Height: 16, Width: 32, Keypoints: 8, WidthMultiplier: 0.25, Seed: seed));
            var outputs = network.forward(rand(4, 3, 16, 32)).Numbers();
            double[] xs = [.. outputs.Where((_, index) => index % 2 == 0)], ys = [.. outputs.Where((_, index) => index % 2 == 1)];
            Assert.That(xs.Average(), Is.EqualTo(16).Within(8), $"seed {seed}");
            Assert.That(ys.Average(), Is.EqualTo(8).Within(4), $"seed {seed}");
            Assert.That(xs.Concat(ys), Has.All.InRange(-32, 64), $"seed {seed}");
        }
    }

    [Test]
    public void TheSameSeedGivesTheSameWeights()
    {
        var options = new Cnn7Options(Height: 8, Width: 8, WidthMultiplier: 0.1, Seed: 3);
        using var first = Cnn7.Create(options);
        using var second = Cnn7.Create(options);
        using var other = Cnn7.Create(options with { Seed = 4 });
        Assert.That(Weights(second), Is.EqualTo(Weights(first)));
        Assert.That(Weights(other), Is.Not.EqualTo(Weights(first)));

        static double[] Weights(nn.Module network) => [.. network.parameters().SelectMany(parameter => parameter.Numbers())];
    }

    [Test]
    public void OptionsAreChecked()
    {
        var options = new Cnn7Options();
        Assert.That(
            (
                options.Channels, options.Height, options.Width, options.Keypoints, options.WidthMultiplier, options.BatchNormalization,
                options.Seed),
            Is.EqualTo((3, 64, 64, 23, 1.0, false, 0)));
        foreach (var wrong in new[]
            {
                options with
                {
                    Channels = 0,
                },
                options with
                {
                    Height = 1,
                },
                options with
                {
                    Width = 1,
                },
                options with
                {
                    Keypoints = 0,
                },
                options with
                {
                    WidthMultiplier = 0,
                },
                options with
                {
                    WidthMultiplier = double.NaN,
                },
                options with
                {
                    WidthMultiplier = double.PositiveInfinity,
                },
            })
            Assert.That(() => Cnn7.Create(wrong), Throws.InstanceOf<ArgumentOutOfRangeException>(), wrong.ToString());
    }

    [Test]
    public void ATinyMultiplierKeepsAChannelInEveryLayer()
    {
        using var network = Cnn7.Create(new Cnn7Options(Height: 4, Width: 4, WidthMultiplier: 1e-3));
        Assert.That(network.Graph.Nodes.Min(node => node.Channels), Is.EqualTo(1));
    }
}
