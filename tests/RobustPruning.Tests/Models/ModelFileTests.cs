using System.Buffers.Binary;
using System.Text;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Models;

public sealed class ModelFileTests
{
    private string _folder = null!;

    private string File1 => Path.Combine(_folder, "model.safetensors");

    [SetUp]
    public void NewFolder() => _folder = Directory.CreateTempSubdirectory("robustpruning").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void APrunedNormalisedNetworkComesBackBitForBit()
    {
        using var scope = NewDisposeScope();
        using var network = Pruned();
        network.forward(rand(4, 1, 6, 6)); // moves the running statistics
        network.eval();
        ModelFile.Save(network, File1);
        using var loaded = ModelFile.Load(File1);
        var images = rand(3, 1, 6, 6);
        Assert.That(TensorValues.Gap(loaded.forward(images), network.forward(images)), Is.Zero);
        Assert.That(loaded.Graph.ToString(), Is.EqualTo(network.Graph.ToString()));
        Assert.That(loaded.training, Is.False);
        Assert.That(loaded.state_dict().Keys, Is.EqualTo(network.state_dict().Keys));
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { File1 }), "no temporary file is left");
    }

    [Test]
    public void EveryKindOfLayerComesBack()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 20; number++)
        {
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = new GraphModule(Graph.Of(random.Network(), random.Shape));
            ModelFile.Save(network, File1);
            using var loaded = ModelFile.Load(File1);
            var images = stack([random.Image(), random.Image()]);
            Assert.That(TensorValues.Gap(loaded.forward(images), network.forward(images)), Is.Zero, $"case {number}");
        }
    }

    [Test]
    public void TheFileIsSafetensors()
    {
        using var network = Small();
        ModelFile.Save(network, File1);
        var bytes = File.ReadAllBytes(File1);
        var header = Encoding.UTF8.GetString(bytes, 8, (int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        Assert.That(header, Does.Contain("\"a.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}"));
        Assert.That(bytes, Has.Length.EqualTo(8 + header.Length + (4 * (6 + 2 + 4 + 2))));
    }

    [Test]
    public void ATruncatedFileIsRefusedWhereverItEnds()
    {
        using var network = Small();
        ModelFile.Save(network, File1);
        var bytes = File.ReadAllBytes(File1);
        for (var cut = 0; cut < 50; cut++)
            Refused(bytes[..(bytes.Length * cut / 50)], $"cut {cut}");
        Refused(bytes[..^1], "one byte less");
        Refused([.. bytes, 0], "one byte more");
    }

    [Test]
    public void GarbageIsRefused()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 100; number++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Refused(bytes, "garbage");
        }

        foreach (var header in new[] { "[]", "{}", "null", "{\"__metadata__\":3}", "{\"__metadata__\":{\"format\":\"pt\"}}", "{\"__metadata__\":{\"format\":\"robustpruning-1\"}}",
            "{\"__metadata__\":{\"format\":\"robustpruning-1\",\"architecture\":null}}", "{\"__metadata__\":{\"format\":\"robustpruning-1\",\"architecture\":\"[null,null]\"}}" })
            Refused(WithHeader(header, []), header);
    }

    [Test]
    public void AFlippedBitInTheHeaderNeverGivesAnotherError()
    {
        using var network = Small();
        ModelFile.Save(network, File1);
        var bytes = File.ReadAllBytes(File1);
        var header = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        int refused = 0, tried = 0;
        for (var bit = new Random(TestEnvironment.FreshSeed()).Next(7); bit < 8 * header; bit += 7, tried++)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(File1, damaged);
            try
            {
                ModelFile.Load(File1).Dispose();
            }
            catch (ModelFileException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(0.95 * tried), $"of {tried}");
    }

    [Test]
    public void WeightsThatDoNotFitTheArchitectureAreRefused()
    {
        using var network = Small();
        ModelFile.Save(network, File1);
        var bytes = File.ReadAllBytes(File1);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = Encoding.UTF8.GetString(bytes, 8, length);
        foreach (var (from, to) in new[] { ("a.weight", "c.weight"), ("F32", "F64"), ("\"shape\":[2,3]", "\"shape\":[3,2]"), ("[0,24]", "[0,20]"), ("[0,24]", "[-4,20]"),
            ("OutFeatures\\u0022:2", "OutFeatures\\u0022:3"), ("\\u0022relu\\u0022", "\\u0022gelu\\u0022") })
        {
            Assert.That(header, Does.Contain(from));
            Refused(WithHeader(header.Replace(from, to), bytes.AsSpan(8 + length)), $"{from} -> {to}");
        }
    }

    [Test]
    public void AMissingFileIsRefused() =>
        Assert.That(() => ModelFile.Load(File1), Throws.TypeOf<ModelFileException>().With.Property("Path").EqualTo(File1).And.Message.Contains(File1));

    [Test]
    public void SavingReplacesAndAFailureLeavesNothingBehind()
    {
        using var network = Small();
        File.WriteAllText(File1, "old");
        ModelFile.Save(network, File1);
        ModelFile.Load(File1).Dispose();
        var occupied = Path.Combine(_folder, "occupied");
        Directory.CreateDirectory(occupied);
        Assert.That(() => ModelFile.Save(network, occupied), Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { File1 }));
    }

    [Test]
    public void NothingLeaks()
    {
        using var network = Small();
        ModelFile.Save(network, File1);
        var damaged = Path.Combine(_folder, "damaged");
        File.WriteAllBytes(damaged, File.ReadAllBytes(File1)[..^4]);

        // The genuine TorchSharp's modules leave handles of their first weights to the finalizer: no more than those of four layers.
        var ofModules = LiveTensors.Growth(20, () =>
        {
            for (var layer = 0; layer < 4; layer++)
                nn.Linear(3, 2).Dispose();
        });
        Assert.That(LiveTensors.Growth(20, () =>
        {
            ModelFile.Load(File1).Dispose();
            Assert.That(() => ModelFile.Load(damaged), Throws.TypeOf<ModelFileException>());
        }), Is.LessThanOrEqualTo(ofModules));
    }

    private static GraphModule Small()
    {
        var builder = new GraphBuilder([3]);
        return new GraphModule(builder.Build(
            builder.Linear("b", builder.Relu("relu", builder.Linear("a", builder.Input, nn.Linear(3, 2))), nn.Linear(2, 2))));
    }

    private static GraphModule Pruned()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 6, 3L, stride: 2)), ("bn", nn.BatchNorm2d(6)), ("relu", nn.ReLU()),
            ("flatten", nn.Flatten()), ("fc", nn.Linear(24, 2)));
        var graph = Graph.Of(network, 1, 6, 6);
        return ChannelPruner.Apply(graph, PruningPlan.Create(graph, ChannelGroup.Of(graph).ToDictionary(group => group, _ => new double[] { 3, 1, 4, 1, 5, 9 })));
    }

    private static byte[] WithHeader(string header, ReadOnlySpan<byte> data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        data.CopyTo(bytes.AsSpan(8 + text.Length));
        return bytes;
    }

    private void Refused(byte[] bytes, string what)
    {
        File.WriteAllBytes(File1, bytes);
        Assert.That(() => ModelFile.Load(File1), Throws.TypeOf<ModelFileException>().With.Message.Contains(File1), what);
    }
}
