using System.Buffers.Binary;
using System.Text;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using TorchSharp;
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

    /// <summary>Digits beyond those of 32-bit numbers matter to a certificate: it is about the network as it is.</summary>
    [Test]
    public void ACertificateOfANetworkOf64BitsHoldsForItsFile()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 5; number++)
        {
            using var scope = NewDisposeScope();
            manual_seed(unchecked(seed + number));
            using var network = Pruned();
            network.to(float64);
            using (no_grad())
            {
                foreach (var parameter in network.parameters())
                    parameter.mul_(1 + 1e-9);
            }

            network.eval();
            ModelFile.Save(network, File1);
            using var loaded = ModelFile.Load(File1);
            var images = rand(3, 1, 6, 6, dtype: float64);
            Assert.That(loaded.parameters().Select(parameter => parameter.dtype), Is.All.EqualTo(float64));
            Assert.That(loaded.buffers().Select(buffer => buffer.dtype), Is.EqualTo(network.buffers().Select(buffer => buffer.dtype)));
            Assert.That(TensorValues.Gap(loaded.forward(images), network.forward(images)), Is.Zero);

            using var certifier = new Certifier(
                network,
                SemanticSet.Of(new Brightness(-0.01, 0.01)),
                tolerance: 100,
                new CertifierOptions { MaxBoxes = 20 });
            var certificate = certifier.Certify(images[0]);
            Assert.That(certificate.Certified, Is.Positive);
            certificate.Check(loaded, images[0]).RequireValid();
            network.to(float32);
            Assert.That(certificate.Check(network, images[0]).IsValid, Is.False, "another network");
        }
    }

    [Test]
    public void NumbersThatAFileDoesNotHoldAreRefused()
    {
        using var network = Small();
        network.to(float16);
        var error = Assert.Throws<GraphException>(() => ModelFile.Save(network, File1))!;
        Assert.That((error.Value, File.Exists(File1)), Is.EqualTo(((object)float16, false)));
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

        foreach (var header in new[]
            {
                "[]", "{}", "null", "{\"__metadata__\":3}", "{\"__metadata__\":{\"format\":\"pt\"}}",
                "{\"__metadata__\":{\"format\":\"robustpruning-1\"}}",
                "{\"__metadata__\":{\"format\":\"robustpruning-1\",\"architecture\":null}}",
                "{\"__metadata__\":{\"format\":\"robustpruning-1\",\"architecture\":\"[null,null]\"}}",
            })
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
    public void AFlippedBitInTheWeightsIsRefused()
    {
        using var network = Small();
        ModelFile.Save(network, File1);
        var bytes = File.ReadAllBytes(File1);
        var first = 8 * (8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        for (var bit = first; bit < 8 * bytes.Length; bit += 3)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(damaged, $"bit {bit - first} of the weights");
        }
    }

    [Test]
    public void ADamagedFileIsRefusedOrHasFiniteWeights()
    {
        using var network = Pruned();
        ModelFile.Save(network, File1);
        var whole = File.ReadAllBytes(File1);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(whole), refused = 0;
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 300; number++)
        {
            var bytes = whole.ToArray();
            for (var flips = random.Next(number % 3 == 0 ? 0 : 1, 4); flips > 0; flips--)
            {
                // The few bytes of the length, the header and the weights alike often.
                var at = random.Next(3) switch { 0 => random.Next(8), 1 => 8 + random.Next(header), _ => random.Next(bytes.Length) };
                bytes[at] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(File1, number % 3 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                using var loaded = ModelFile.Load(File1);
                Assert.That(
                    loaded.parameters().SelectMany(parameter => parameter.Numbers()).All(double.IsFinite),
                    Is.True,
                    $"case {number}");
            }
            catch (ModelFileException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(250));
    }

    [Test]
    public void AFileWithoutADigestIsReadUnlessItsWeightsAreNotFinite()
    {
        using var network = Small();
        ModelFile.Save(network, File1);
        var bytes = File.ReadAllBytes(File1);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = Encoding.UTF8.GetString(bytes, 8, length).Replace("\"digest\"", "\"other\"");
        var data = bytes[(8 + length)..];
        File.WriteAllBytes(File1, WithHeader(header, data));
        ModelFile.Load(File1).Dispose();
        BinaryPrimitives.WriteSingleLittleEndian(data, float.NaN);
        Refused(WithHeader(header, data), "NaN");
    }

    [Test]
    public void AnArchitectureOfMoreWeightsThanTheFileHoldsIsRefusedBeforeMemoryIsAskedFor()
    {
        foreach (var layer in new[]
        {
            "{\"kind\":\"linear\",\"Name\":\"fc\",\"Inputs\":[\"input\"],\"InFeatures\":2000000000,\"OutFeatures\":2000000000,\"Bias\":false}",
            "{\"kind\":\"convolution\",\"Name\":\"conv\",\"Inputs\":[\"input\"],\"InChannels\":-3000000000,\"OutChannels\":3000000000,\"Kernel\":[9,9],"
                + "\"Stride\":[1,1],\"Padding\":[0,0],\"Dilation\":[1,1],\"Groups\":1,\"Bias\":false}",
            "{\"kind\":\"batchNormalization\",\"Name\":\"bn\",\"Inputs\":[\"input\"],\"Features\":4000000000,\"Epsilon\":1,\"Momentum\":1,\"Affine\":false}",
        })
        {
            var architecture = $"[{{\"kind\":\"input\",\"Name\":\"input\",\"Inputs\":[],\"Shape\":[2000000000]}},{layer}]";
            var metadata = System.Text.Json.JsonSerializer.Serialize(new { format = "robustpruning-1", architecture });
            File.WriteAllBytes(File1, WithHeader($"{{\"__metadata__\":{metadata}}}", []));
            Assert.That(
                () => ModelFile.Load(File1),
                Throws.TypeOf<ModelFileException>().With.Message.Contains("weights, but it holds 0 bytes"));
        }
    }

    [Test]
    public void WeightsThatAreNotFiniteAreNotWritten()
    {
        using var network = Small();
        network.named_parameters().First(named => named.name == "b.bias").parameter.Set(1, double.NaN);
        Assert.That(() => ModelFile.Save(network, File1), Throws.TypeOf<GraphException>().With.Message.StartsWith("Layer 'b'"));
        Assert.That(Directory.GetFiles(_folder), Is.Empty);
    }

    [Test]
    public void SeveralWritersDoNotDisturbOneAnother()
    {
        using var network = Small();
        Parallel.For(0, 40, _ => ModelFile.Save(network, File1));
        ModelFile.Load(File1).Dispose();
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { File1 }));
    }

    [Test]
    public void WeightsThatDoNotFitTheArchitectureAreRefused()
    {
        using var network = Small();
        ModelFile.Save(network, File1);
        var bytes = File.ReadAllBytes(File1);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = Encoding.UTF8.GetString(bytes, 8, length);
        foreach (var (from, to) in new[]
            {
                ("a.weight", "c.weight"), ("F32", "F64"), ("\"shape\":[2,3]", "\"shape\":[3,2]"), ("[0,24]", "[0,20]"),
                ("[0,24]", "[-4,20]"), ("OutFeatures\\u0022:2", "OutFeatures\\u0022:3"),
                ("\\u0022relu\\u0022", "\\u0022gelu\\u0022"),
            })
        {
            Assert.That(header, Does.Contain(from));
            Refused(WithHeader(header.Replace(from, to), bytes.AsSpan(8 + length)), $"{from} -> {to}");
        }
    }

    [Test]
    public void AMissingFileIsRefused() =>
        Assert.That(
            () => ModelFile.Load(File1),
            Throws.TypeOf<ModelFileException>().With.Property("Path").EqualTo(File1).And.Message.Contains(File1));

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
        return ChannelPruner.Apply(
            graph,
            PruningPlan.Create(graph, ChannelGroup.Of(graph).ToDictionary(group => group, _ => new double[] { 3, 1, 4, 1, 5, 9 })));
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
