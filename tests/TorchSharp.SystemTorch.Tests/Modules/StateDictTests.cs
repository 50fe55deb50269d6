using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Category StandIn: what the stand-in promises beyond the genuine library.</summary>
public class StateDictTests
{
    private static Sequential Network() =>
        nn.Sequential(("conv", nn.Conv2d(1, 2, 3)), ("norm", nn.BatchNorm2d(2)), ("flat", nn.Flatten()), ("out", nn.Linear(8, 3)));

    private static Dictionary<string, double[]> Snapshot(nn.Module module) =>
        module.state_dict().ToDictionary(entry => entry.Key, entry => Samples.Values(entry.Value));

    private static byte[] Saved(nn.Module module)
    {
        using var stream = new MemoryStream();
        module.save(stream);
        return stream.ToArray();
    }

    [Test]
    public void TheDictionaryHoldsParametersAndBuffers()
    {
        using var network = Network();
        string[] names =
        [
            "conv.weight", "conv.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked",
            "out.weight", "out.bias",
        ];
        Assert.That(network.state_dict().Keys, Is.EquivalentTo(names));
        Assert.That(network.state_dict(prefix: "net").Keys, Is.EquivalentTo(names.Select(name => "net." + name)));
    }

    [Test]
    public void ANetworkComesBackFromAFile()
    {
        var path = Path.GetTempFileName();
        try
        {
            using var network = Network();
            using var input = ones(4, 1, 4, 4);
            network.call(input).Dispose();
            network.save(path);
            using var other = Network();
            Assert.That(Snapshot(other), Is.Not.EqualTo(Snapshot(network)));
            other.load(path);
            Assert.That(Snapshot(other), Is.EqualTo(Snapshot(network)));
            Assert.That(other.parameters().All(parameter => parameter.requires_grad && parameter.is_leaf));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void StreamsAndWritersSaveTheSame()
    {
        using var network = Network();
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            network.save(writer);
        }

        Assert.That(stream.ToArray(), Is.EqualTo(Saved(network)));
        using var other = Network();
        stream.Position = 0;
        using (var reader = new BinaryReader(stream))
        {
            other.load(reader);
        }

        Assert.That(Snapshot(other), Is.EqualTo(Snapshot(network)));
    }

    [Test]
    public void EveryElementTypeComesBack()
    {
        foreach (var type in new[] { float16, bfloat16, float64, int32, uint8, ScalarType.Bool })
        {
            using var holder = new Holder(ones([2, 3], type), arange(3).to(type));
            using var other = new Holder(zeros([2, 3], type), zeros([3], type));
            using var stream = new MemoryStream(Saved(holder));
            other.load(stream);
            Assert.That(Snapshot(other), Is.EqualTo(Snapshot(holder)), type.ToString());
        }
    }

    [Test]
    [Category("StandIn")]
    public void ATransposedTensorIsSavedInItsOwnOrder()
    {
        using var square = arange(6).view(2, 3);
        using var holder = new Holder(zeros(1), square.t());
        using var other = new Holder(zeros(1), zeros([3, 2], int64));
        using var stream = new MemoryStream(Saved(holder));
        other.load(stream);
        Assert.That(Samples.Values(other.second), Is.EqualTo(new double[] { 0, 3, 1, 4, 2, 5 }));
    }

    [Test]
    public void StrictLoadingWantsTheSameNames()
    {
        using var network = Network();
        using var other = Network();
        var partial = network.state_dict();
        partial.Remove("out.bias");
        Assert.That(() => other.load_state_dict(partial), Throws.Exception);
        var (missing, unexpected) = other.load_state_dict(partial, strict: false);
        Assert.That(missing, Is.EqualTo(new[] { "out.bias" }));
        Assert.That(unexpected, Is.Empty);
        Assert.That(Samples.Values(other.get_parameter("out.weight")), Is.EqualTo(Samples.Values(network.get_parameter("out.weight"))));

        partial["out.bias"] = network.state_dict()["out.bias"];
        partial["extra"] = partial["out.bias"];
        Assert.That(() => other.load_state_dict(partial), Throws.Exception);
        (missing, unexpected) = other.load_state_dict(partial, strict: false);
        Assert.That(missing, Is.Empty);
        Assert.That(unexpected, Is.EqualTo(new[] { "extra" }));
        Assert.That(() => other.load_state_dict(partial, skip: ["extra"]), Throws.Nothing);
    }

    [Test]
    [Category("StandIn")]
    public void AnotherShapeIsRefusedAndChangesNothing()
    {
        using var network = Network();
        using var other = nn.Sequential(("conv", nn.Conv2d(1, 2, 3)), ("norm", nn.BatchNorm2d(2)), ("flat", nn.Flatten()), ("out", nn.Linear(8, 4)));
        var before = Snapshot(other);
        Assert.That(() => other.load_state_dict(network.state_dict()), Throws.Exception);
        using var stream = new MemoryStream(Saved(network));
        Assert.That(() => other.load(stream), Throws.Exception);
        Assert.That(Snapshot(other), Is.EqualTo(before));
    }

    [Test]
    public void AnotherElementTypeIsRefusedInAFile()
    {
        using var network = Network();
        using var other = Network().to(ScalarType.Float64);
        using var stream = new MemoryStream(Saved(network));
        Assert.That(() => other.load(stream), Throws.Exception);
    }

    [Test]
    public void FilesOfOtherNetworksLoadInPart()
    {
        using var network = Network();
        using var part = nn.Sequential(("out", nn.Linear(8, 3)), ("fresh", nn.Linear(3, 1)));
        var bytes = Saved(network);
        Assert.That(() => part.load(new MemoryStream(bytes)), Throws.Exception);
        var loaded = new Dictionary<string, bool>();
        part.load(new MemoryStream(bytes), strict: false, loadedParameters: loaded);
        Assert.That(loaded["out.weight"] && loaded["out.bias"]);
        Assert.That(loaded.GetValueOrDefault("fresh.weight") || loaded.GetValueOrDefault("fresh.bias"), Is.False);
        Assert.That(Samples.Values(part.get_parameter("out.weight")), Is.EqualTo(Samples.Values(network.get_parameter("out.weight"))));
    }

    [Test]
    [Category("StandIn")]
    public void SkippedNamesAreNeitherSavedNorLoaded()
    {
        using var network = Network();
        using var other = Network();
        var before = Samples.Values(other.get_parameter("conv.weight"));
        other.load(new MemoryStream(Saved(network)), skip: ["conv.weight"]);
        Assert.That(Samples.Values(other.get_parameter("conv.weight")), Is.EqualTo(before));
        Assert.That(Samples.Values(other.get_parameter("out.weight")), Is.EqualTo(Samples.Values(network.get_parameter("out.weight"))));

        using var stream = new MemoryStream();
        network.save(stream, ["conv.weight"]);
        var lean = stream.ToArray();
        Assert.That(lean, Has.Length.LessThan(Saved(network).Length));
        Assert.That(() => other.load(new MemoryStream(lean), skip: ["conv.weight"]), Throws.Nothing);
    }

    [Test]
    [Category("StandIn")]
    public void ATruncatedFileIsRefusedAtEveryLengthAndChangesNothing()
    {
        using var network = Network();
        using var other = Network();
        var before = Snapshot(other);
        var bytes = Saved(network);
        for (var length = 0; length < bytes.Length; length++)
        {
            using var stream = new MemoryStream(bytes, 0, length);
            Assert.That(() => other.load(stream), Throws.Exception, $"{length} of {bytes.Length} bytes");
        }

        Assert.That(Snapshot(other), Is.EqualTo(before));
    }

    [Test]
    [Category("StandIn")]
    public void GarbageEndsInAManagedException()
    {
        using var network = Network();
        var bytes = Saved(network);
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            // Whole garbage, and good files with a few broken bytes (which may hit values, and then load).
            var broken = i % 2 == 0 ? new byte[random.Next(2000)] : (byte[])bytes.Clone();
            if (i % 2 == 0)
            {
                random.NextBytes(broken);
                Assert.That(() => network.load(new MemoryStream(broken)), Throws.Exception);
                continue;
            }

            for (var k = 0; k < 5; k++)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }

            try
            {
                network.load(new MemoryStream(broken), strict: false);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
            }
        }
    }

    private sealed class Holder : nn.Module
    {
        public readonly Tensor first;
        public readonly Tensor second;

        public Holder(Tensor first, Tensor second)
            : base(nameof(Holder))
        {
            this.first = first;
            this.second = second;
            RegisterComponents();
        }
    }
}
