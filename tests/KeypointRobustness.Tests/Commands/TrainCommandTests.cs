using KeypointRobustness.Commands;
using RobustPruning.Models;

namespace KeypointRobustness.Tests.Commands;

[TestFixture]
internal sealed class TrainCommandTests
{
    [TestCase("cnn7", "conv5")]
    [TestCase("resnet18", "layer4.1.conv2")]
    [TestCase("resnet18-imagenet", "maxpool")]
    public async Task TheNetworkIsTheOneThatWasNamed(string name, string layer)
    {
        using var folder = new TemporaryFolder();
        Assert.That(await Train(folder, "--network", name), Is.Zero);
        using var network = ModelFile.Load(folder.File("model.safetensors"));
        Assert.That(network.Graph.Nodes.Select(node => node.Name), Does.Contain(layer));
    }

    [Test]
    public async Task AnUnknownNetworkIsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.That(await Train(folder, "--network", "vgg"), Is.EqualTo(2));
    }

    /// <summary>A new user takes the defaults: what comes out is certified, or it is said what range is.</summary>
    [TestCase("cnn7", "coordinates", 16)]
    [TestCase("cnn7", "heatmaps-offsets", 16)]
    [TestCase("resnet18", "coordinates", 16)]
    [TestCase("resnet18", "heatmaps", 16)]
    [TestCase("resnet18-imagenet", "coordinates", 32)]
    [TestCase("resnet18-imagenet", "heatmaps", 32)]
    public async Task EveryNetworkCertifiesSomethingOrSaysWhatItCan(string network, string head, int size)
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = await Captured.Run(
        [
            "train", "--network", network, "--head", head, "--count", "24", "--size", $"{size}", "--width", "0.1", "--epochs", "2",
            "--out", folder.File("trained"),
        ]);
        Assert.That(code, Is.Zero, error);
        (code, var output, error) = await Captured.Run(
        [
            "certify", "--model", folder.File("trained/model.safetensors"), "--against", "prediction", "--images", "1",
            "--seconds", "1000", "--max-boxes", "4",
            "--out", folder.File("certified"),
        ]);
        Assert.That(code, Is.Zero, error);
        Assert.That(
            output,
            Does.Match(@"[1-9]\d* certified, ").Or.Match(@"\d+ of \d+ keypoints that are right are certified for brightness by up to ±"));
    }

    [Test]
    public async Task WhatIsTrainedIsCertifiedAtOnce()
    {
        using var folder = new TemporaryFolder();
        Assert.That(await Train(folder, "--certify", "2", "--rotate", "0.1"), Is.Zero);
        var report = await File.ReadAllTextAsync(folder.File("certified/report.html"));
        Assert.That(report, Does.Contain("Every image under rotation in [-0.1, 0.1]").And.Contain(folder.File("./model.safetensors")));
        Assert.That(Directory.GetFiles(folder.File("certified/results")), Has.Length.EqualTo(2));

        // The next model's certificates do not belong there, which is said before it is trained.
        var before = await File.ReadAllBytesAsync(folder.File("model.safetensors"));
        Assert.That(await Train(folder, "--certify", "2", "--seed", "1"), Is.EqualTo(2));
        Assert.That(await File.ReadAllBytesAsync(folder.File("model.safetensors")), Is.EqualTo(before));
    }

    private static Task<int> Train(TemporaryFolder folder, params string[] more) =>
        AppCommand.RunAsync([
            "train", "--count", "8", "--held-back", "0.5", "--size", "16", "--width", "0.05", "--epochs", "1", "--batch", "4", "--out",
            folder.File("."), .. more,
        ]);
}
