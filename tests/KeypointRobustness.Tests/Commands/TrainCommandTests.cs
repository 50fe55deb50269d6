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

    private static Task<int> Train(TemporaryFolder folder, params string[] more) => AppCommand.RunAsync(
        ["train", "--count", "8", "--held-back", "0.5", "--size", "16", "--width", "0.05", "--epochs", "1", "--batch", "4", "--out", folder.File("."), .. more]);
}
