using RobustPruning.Models;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace RobustPruning.Data.Tests;

[TestFixture]
internal sealed class PyTorchWeightsTests
{
    [Test]
    public void AStateDictGivesTheNetworkItWasWrittenFrom([Values("a.pth", "a.safetensors")] string name, [Values] bool graph)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        nn.Module from = graph ? Cnn7.Create(new Cnn7Options(3, 16, 16, 2, 0.05, true, 1)) : Small();
        nn.Module to = graph ? Cnn7.Create(new Cnn7Options(3, 16, 16, 2, 0.05, true, 2)) : Small();
        Save(from, folder.File(name));

        PyTorchWeights.Load(to, folder.File(name));

        Assert.That(Values(to), Is.EqualTo(Values(from)));
    }

    [Test]
    public void DotsOfPyTorchAreUnderscoresOfAGraph()
    {
        using var folder = new TemporaryFolder();
        using var from = ResNet18.Create(new ResNet18Options(ResNetStem.Cifar, 3, 16, 16, 2, 0.05, 1));
        using var to = ResNet18.Create(new ResNet18Options(ResNetStem.Cifar, 3, 16, 16, 2, 0.05, 2));
        var state = from.state_dict().ToDictionary(pair => "module." + pair.Key.Replace("layer1_0_", "layer1.0."), pair => pair.Value);
        Assume.That(state.Keys, Has.Some.Contains("layer1.0.conv1"));
        Safetensors.SaveStateDict(folder.File("a.safetensors"), state);

        PyTorchWeights.Load(to, folder.File("a.safetensors"));

        Assert.That(Values(to), Is.EqualTo(Values(from)));
    }

    [Test]
    public void OtherNamesAreMappedAndTypesConverted()
    {
        using var folder = new TemporaryFolder();
        using var from = Small();
        using var to = Small();
        var state = from.state_dict()
            .ToDictionary(
                pair => pair.Key.Replace("fc.", "head.linear."),
                pair => pair.Value.is_floating_point() ? pair.Value.to(float64) : pair.Value);
        Safetensors.SaveStateDict(folder.File("a.safetensors"), state);

        Assert.That(
            () => PyTorchWeights.Load(to, folder.File("a.safetensors")),
            Throws.TypeOf<DataException>().With.Message.Contains(
                "'head.linear.weight'").And.Message.Contains("The file has no 'fc.weight'"));
        PyTorchWeights.Load(
            to,
            folder.File("a.safetensors"),
            new Dictionary<string, string> { ["head.linear.weight"] = "fc.weight", ["head.linear.bias"] = "fc.bias" });

        Assert.That(Values(to), Is.EqualTo(Values(from)));
    }

    [TestCase("shape", "'fc.bias' has the shape [3], but 'fc.bias' of the network has [2]")]
    [TestCase("nan", "'fc.bias' holds NaN")]
    [TestCase("missing", "The file has no 'fc.bias'")]
    [TestCase("more", "The network has no 'other'")]
    public void WhatDoesNotFitIsNamedAndNothingIsChanged(string fault, string expected)
    {
        using var folder = new TemporaryFolder();
        using var from = Small();
        using var to = Small();
        var state = from.state_dict();
        switch (fault)
        {
            case "shape": state["fc.bias"] = zeros(3); break;
            case "nan": state["fc.bias"] = full([2], float.NaN); break;
            case "missing": state.Remove("fc.bias"); break;
            default: state["other"] = zeros(1); break;
        }

        Safetensors.SaveStateDict(folder.File("a.safetensors"), state);
        var before = Values(to);

        Assert.That(
            () => PyTorchWeights.Load(to, folder.File("a.safetensors")),
            Throws.TypeOf<DataException>().With.Message.Contains(expected));
        Assert.That(Values(to), Is.EqualTo(before));
    }

    [Test]
    public void MappingsThatNameNothingAreRefused()
    {
        using var folder = new TemporaryFolder();
        using var network = Small();
        Save(network, folder.File("a.safetensors"));

        foreach (var (from, to, expected) in new[] {
            ("none", "fc.bias", "has no 'none'"), ("fc.bias", "none", "The network has no 'none'") })
        {
            Assert.That(
                () => PyTorchWeights.Load(network, folder.File("a.safetensors"), new Dictionary<string, string> { [from] = to }),
                Throws.TypeOf<DataException>().With.Message.Contains(expected));
        }
    }

    [Test]
    public void DamagedFilesAreRefusedByName([Values("a.pth", "a.safetensors")] string name)
    {
        using var folder = new TemporaryFolder();
        using var network = Small();
        Save(network, folder.File(name));
        var whole = File.ReadAllBytes(folder.File(name));
        var before = Values(network);
        foreach (var length in Enumerable.Range(0, 20).Select(i => i * whole.Length / 20))
        {
            File.WriteAllBytes(folder.File(name), whole[..length]);

            Assert.That(
                () => PyTorchWeights.Load(network, folder.File(name)),
                Throws.TypeOf<DataException>().With.Message.Contains(folder.File(name)),
                $"{length} bytes");
        }

        Assert.That(
            () => PyTorchWeights.Load(network, folder.File("none.pth")),
            Throws.TypeOf<DataException>().With.Message.Contains("none.pth"));
        Assert.That(Values(network), Is.EqualTo(before));
    }

    private static TorchSharp.Modules.Sequential Small() =>
        nn.Sequential(("conv", nn.Conv2d(3, 4, 3L)), ("norm", nn.BatchNorm2d(4)), ("fc", nn.Linear(4, 2)));

    private static void Save(nn.Module network, string path)
    {
        if (path.EndsWith(".pth", StringComparison.Ordinal))
            network.save_py(path);
        else
            network.save_safetensors(path);
    }

    private static float[] Values(nn.Module network)
    {
        using var scope = NewDisposeScope();
        return
        [
            .. network
                .state_dict()
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .SelectMany(pair => pair.Value.to(float32).flatten().data<float>().ToArray()),
        ];
    }
}
