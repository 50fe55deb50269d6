using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Models;

public sealed class ResNet18Tests
{
    private static readonly ResNet18Options Small = new(Height: 16, Width: 16, Keypoints: 3, WidthMultiplier: 0.125);

    // Ten outputs on CIFAR and a thousand on ImageNet are the classifiers whose counts are known.
    [TestCase(ResNetStem.Cifar, 32, 5, 11_173_962, 555_422_720)]
    [TestCase(ResNetStem.ImageNet, 224, 500, 11_689_512, 1_814_073_344)]
    public void ParametersAndMacsAreThoseOfThePaper(ResNetStem stem, int size, int keypoints, long parameters, long macs)
    {
        using var network = ResNet18.Create(new ResNet18Options(stem, Height: size, Width: size, Keypoints: keypoints));
        Assert.That((network.Graph.Parameters, network.Graph.Macs), Is.EqualTo((parameters, macs)));

        // The same by hand: the stem, the blocks, the shortcuts, the head.
        long kernel = stem == ResNetStem.ImageNet ? 49 : 9, trunk = (3 * 64 * kernel) + (2 * 64) + (4 * Block(64, 64));
        foreach (var width in new[] { 128, 256, 512 })
            trunk += Block(width / 2, width) + (3 * Block(width, width)) + (width / 2 * width) + (2 * width);
        Assert.That(trunk + (2 * keypoints * (512 + 1)), Is.EqualTo(parameters));

        static long Block(long inputs, long outputs) => (inputs * outputs * 9) + (2 * outputs);
    }

    [Test]
    public void LayersAreNamedAsTorchvisionNamesThem()
    {
        using var network = ResNet18.Create(Small with { Stem = ResNetStem.ImageNet });
        var names = network.Graph.Nodes.Where(node => node.Module is not null).Select(node => node.Name).ToList();
        var expected = new List<string> { "conv1", "bn1", "fc" };
        foreach (var block in from stage in Enumerable.Range(1, 4) from number in new[] { 0, 1 } select $"layer{stage}.{number}")
        {
            expected.AddRange([$"{block}.conv1", $"{block}.bn1", $"{block}.conv2", $"{block}.bn2"]);
            if (block[^1] == '0' && block != "layer1.0")
                expected.AddRange([$"{block}.downsample.0", $"{block}.downsample.1"]);
        }

        Assert.That(names, Is.EquivalentTo(expected));
        Assert.That(network.Graph.Nodes.Select(node => node.ToString()), Does.Contain("maxpool [8x4x4]").And.Contain("avgpool [64x1x1]"));
    }

    [Test]
    public void TheCifarStemKeepsTheSizeUntilTheSecondStage()
    {
        using var network = ResNet18.Create(Small);
        Assert.That(network.Graph.Nodes.Where(node => node.Name.EndsWith("add")).Select(node => node.ToString()), Is.EqualTo(new[]
        {
            "layer1.0.add [8x16x16]", "layer1.1.add [8x16x16]", "layer2.0.add [16x8x8]", "layer2.1.add [16x8x8]",
            "layer3.0.add [32x4x4]", "layer3.1.add [32x4x4]", "layer4.0.add [64x2x2]", "layer4.1.add [64x2x2]",
        }));
    }

    [Test]
    public void AFreshNetworkPredictsNearTheCentreOfTheImage()
    {
        using var scope = NewDisposeScope();
        using var network = ResNet18.Create(Small with { Width = 32, Keypoints = 20 });
        var outputs = network.forward(rand(4, 3, 16, 32)).Numbers();
        Assert.That(outputs.Where((_, index) => index % 2 == 0).Average(), Is.EqualTo(16).Within(8));
        Assert.That(outputs.Where((_, index) => index % 2 == 1).Average(), Is.EqualTo(8).Within(4));
    }

    [Test]
    public void TheSameSeedGivesTheSameWeights()
    {
        using var first = ResNet18.Create(Small);
        using var second = ResNet18.Create(Small);
        using var other = ResNet18.Create(Small with { Seed = 1 });
        Assert.That(Weights(second), Is.EqualTo(Weights(first)));
        Assert.That(Weights(other), Is.Not.EqualTo(Weights(first)));

        static double[] Weights(nn.Module network) => [.. network.parameters().SelectMany(parameter => parameter.Numbers())];
    }

    [Test]
    public void ItLearns([Values] ResNetStem stem)
    {
        using var scope = NewDisposeScope();
        using var network = ResNet18.Create(Small with { Stem = stem });
        Tensor images = rand(8, 3, 16, 16), labels = rand(8, 6) * 16;
        using var optimizer = optim.Adam(network.parameters(), 2e-3);
        var losses = new List<double>();
        for (var step = 0; step < 20; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            var loss = KeypointLoss.MeanSquared(network.forward(images), labels, 16, 16);
            loss.backward();
            Assert.That(network.parameters().All(parameter => parameter.grad is not null), Is.True);
            optimizer.step();
            losses.Add(loss.item<float>());
        }

        Assert.That(losses[^1], Is.LessThan(losses[0] / 2));
    }

    [Test]
    public void BoundsHoldSampledValuesAndAKeypointIsCertified([Values] ResNetStem stem)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var network = Tame(stem);
        var set = SemanticSet.Of(new Brightness(-0.002, 0.002), new Contrast(-0.002, 0.002));
        var image = rand(3, 16, 16);
        using (var certifier = new Certifier(network, set, tolerance: 2))
            Assert.That(certifier.Certify(image).Certified, Is.EqualTo(3));

        using var images = set.Enclose(image.to(float64), set.Box);
        IBoundPropagator[] domains =
        [
            new IntervalPropagator(),
            new SemanticIntervalPropagator(SymbolBudget.None),
            new SemanticIntervalPropagator(SymbolBudget.All),
        ];
        var found = domains.Select(domain => domain.Propagate(network.Graph, images)).ToList();
        network.to(float64);
        double[][] thetas = [.. set.Box.Corners(), .. set.Box.Sample(200, new Random(1))];
        var reached = network.forward(set.Apply(image.to(float64), thetas));
        foreach (var (domain, bounds) in domains.Zip(found))
        {
            using (bounds)
            {
                Assert.That((reached - bounds.Output.Lower).min().item<double>(), Is.GreaterThan(-1e-9), domain.Name);
                Assert.That((bounds.Output.Upper - reached).min().item<double>(), Is.GreaterThan(-1e-9), domain.Name);
            }
        }
    }

    [Test]
    public void OptionsAreChecked()
    {
        var options = new ResNet18Options();
        Assert.That(
            (options.Stem, options.Channels, options.Height, options.Width, options.Keypoints, options.WidthMultiplier, options.Seed),
            Is.EqualTo((ResNetStem.Cifar, 3, 64, 64, 23, 1.0, 0)));
        foreach (var (wrong, name) in new[]
        {
            (options with { Stem = (ResNetStem)2 }, "Stem"), (options with { Channels = 0 }, "Channels"),
            (options with { Height = 1 }, "Height"),
            (options with { Width = 1 }, "Width"), (options with { Keypoints = 0 }, "Keypoints"),
            (options with { WidthMultiplier = 0 }, "WidthMultiplier"),
            (options with { WidthMultiplier = double.NaN }, "WidthMultiplier"),
            (options with { WidthMultiplier = double.PositiveInfinity }, "WidthMultiplier"),
        })
            Assert.That(
                () => ResNet18.Create(wrong), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo(name));
    }

    /// <summary>
    /// A small network whose residual branches count little, as they do at the start of training with small factors, and whose running
    /// statistics are those of some images. With factors of 1, seventeen layers blow up what rounding may lose beyond the image's size.
    /// </summary>
    private static GraphModule Tame(ResNetStem stem)
    {
        var network = ResNet18.Create(Small with { Stem = stem });
        foreach (var node in network.Graph.Nodes.OfType<BatchNormalizationNode>().Where(node => node.Name.EndsWith(".bn2")))
            node.Normalization.weight!.fill_(0.1);
        for (var batch = 0; batch < 30; batch++)
        {
            using var images = rand(16, 3, 16, 16);
            network.forward(images).Dispose();
        }

        network.eval();
        return network;
    }
}
