using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace RobustPruning.Gpu.Tests;

/// <summary>Devices as users see them: options, memory, errors, several threads.</summary>
public sealed class DeviceTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.02, 0.02), new Contrast(-0.02, 0.02));

    [Test]
    public void CertificatesAreThoseOfTheCpuAndAreCheckedThere()
    {
        using var device = GpuDevice.OpenEmulator();
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var network = Network();
        var image = rand([3, 8, 8]);
        var options = new CertifierOptions { MaxBoxes = 30, Workers = 2 };
        Certificate Certify(CertifierOptions options)
        {
            using var certifier = new Certifier(network.Graph, Light, 0.1, options);
            return certifier.Certify(image);
        }

        Certificate expected = Certify(options), actual = Certify(options with { Device = device });
        Assert.That(actual.Keypoints.Select(keypoint => keypoint.Verdict),
            Is.EqualTo(expected.Keypoints.Select(keypoint => keypoint.Verdict)));
        Assert.That(actual.Check(network.Graph, image).IsValid, Is.True);
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{TestContext.CurrentContext.Test.ID}.json");
        CertificateFile.Save(actual, file);
        Assert.That(CertificateFile.Load(file, Light).Options.Device, Is.SameAs(ComputeDevice.Cpu));
        File.Delete(file);
    }

    [Test]
    public void RangesAreThoseOfTheCpu()
    {
        using var device = GpuDevice.OpenEmulator();
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var network = Network();
        var image = rand([3, 8, 8]);
        double[] Widths(ComputeDevice device)
        {
            using var search = new RangeSearch(network.Graph, Light, new RangeSearchOptions { MaxBoxes = 8, Device = device });
            var found = search.Search(image);
            return [.. found.Upper.Zip(found.Lower, (upper, lower) => upper - lower)];
        }

        Assert.That(Widths(device), Is.EqualTo(Widths(ComputeDevice.Cpu)).Within(1e-4));
    }

    [Test]
    public void MemoryIsFlatOverManyBoxesAndFreedAtTheEnd()
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var network = Network();
        using var device = GpuDevice.OpenEmulator();
        var domain = new SemanticIntervalPropagator(SymbolBudget.All).On(device);
        var image = rand([3, 8, 8]);
        Bound(16);
        var before = device.MemoryUsed;
        Bound(16);
        Bound(16);
        Assert.That(before, Is.GreaterThan(0));
        Assert.That(device.MemoryUsed, Is.LessThan(1.1 * before));
        device.Dispose();
        Assert.That(device.MemoryUsed, Is.Zero);

        void Bound(int boxes)
        {
            using var noGradient = no_grad();
            foreach (var box in Light.Box.Grid(8).Take(boxes))
            {
                using var images = Light.Enclose(image, box);
                domain.Propagate(network.Graph, images).Dispose();
            }
        }
    }

    /// <summary>Networks that come and go leave nothing on the device, nor do bounds that were stopped.</summary>
    [Test]
    public void ManyNetworksShareTheDevice()
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var device = GpuDevice.OpenEmulator();
        using var noGradient = no_grad();
        var domain = new SemanticIntervalPropagator(SymbolBudget.All).On(device);
        using var image = rand([3, 8, 8]);
        var most = 0L;
        for (var number = 0; number < 10; number++)
        {
            using var scope = NewDisposeScope();
            using var network = Network();
            using var images = Light.Enclose(image, Light.Box);
            domain.Propagate(network.Graph, images).Dispose();
            var asked = 0;
            Assert.That(domain.BoundOutputs(network.Graph, images, () => ++asked > 5), Is.Null);
            most = number == 5 ? device.MemoryUsed : most;
        }

        Assert.That(device.MemoryUsed, Is.LessThan(1.1 * most));
    }

    [Test]
    public void ThreadsShareTheDeviceEvenWhereTheirBoxesFindNoRoomTogether()
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Network();
        var image = rand([3, 8, 8]);
        ParameterBox[] boxes = [.. Light.Box.Grid(4)];
        long alone;
        double[] expected;
        using (var large = GpuDevice.OpenEmulator())
        {
            expected = [.. boxes.Select(box => Width(large, box))];
            alone = large.MemoryUsed;
        }

        using var small = GpuDevice.OpenEmulator(memoryLimit: alone + (alone / 8));
        var found = new double[boxes.Length];
        Parallel.For(0, boxes.Length, new ParallelOptions { MaxDegreeOfParallelism = 3 }, index =>
            found[index] = Width(small, boxes[index]));
        Assert.That(found, Is.EqualTo(expected));

        double Width(GpuDevice device, ParameterBox box)
        {
            using var quiet = no_grad();
            using var images = Light.Enclose(image, box);
            var bounds = new SemanticIntervalPropagator(SymbolBudget.All).On(device).BoundOutputs(network.Graph, images, () => false)![0];
            return bounds.Upper.Sum() - bounds.Lower.Sum();
        }
    }

    [Test]
    public void TooLittleMemoryIsAnErrorThatNamesDeviceAndNeed([Values(1000, 300_000)] long bytes)
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Network();
        using var device = GpuDevice.OpenEmulator(memoryLimit: bytes);
        var wide = SemanticSet.Of(new Brightness(-0.5, 0.5));
        using var images = wide.Enclose(rand([3, 8, 8]), wide.Box);
        var error = Assert.Throws<ComputeDeviceException>(() =>
            new SemanticIntervalPropagator(SymbolBudget.All).On(device).Propagate(network.Graph, images))!;
        Assert.That(error.Message, Does.Contain(device.Name).And.Contain(bytes.ToString("N0")));
        Assert.That(error.Name, Is.EqualTo(device.Name));
        Assert.That(error.Value, Is.GreaterThan(bytes));
        TestContext.Out.WriteLine(error.Message);
    }

    [Test]
    public void AGpuThatIsNotThereIsAnErrorThatNamesIt()
    {
        var there = GpuDevice.Names.Count;
        var error = Assert.Throws<ComputeDeviceException>(() => GpuDevice.Open(new GpuDeviceOptions { Index = there }))!;
        Assert.That(error.Name, Is.EqualTo($"CUDA GPU {there}"));
        Assert.That(error.Value, Is.EqualTo(there));
    }

    [Test]
    public void OptionsOutOfRangeAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GpuDevice.Open(new GpuDeviceOptions { Index = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => GpuDevice.Open(new GpuDeviceOptions { MemoryLimit = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => GpuDevice.OpenEmulator(memoryLimit: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => GpuDevice.OpenEmulator(threads: 0));
    }

    /// <summary>What a GPU cannot do is refused, not done elsewhere.</summary>
    [Test]
    public void DomainsThatOnlyTheCpuHasAreRefused()
    {
        using var device = GpuDevice.OpenEmulator();
        using var network = Network();
        Assert.Throws<ArgumentException>(() => new SemanticIntervalPropagator(SymbolBudget.None).On(device));
        Assert.Throws<ArgumentException>(() => new SemanticIntervalPropagator(SymbolBudget.All, outward: false).On(device));
        Assert.Throws<ArgumentException>(() =>
            new Certifier(network.Graph, Light, 1, new CertifierOptions { Device = device, Propagator = new IntervalPropagator() }));
        Assert.Throws<ArgumentException>(() =>
            new RangeSearch(network.Graph, Light, new RangeSearchOptions { Device = device, Propagator = new IntervalPropagator() }));
        Assert.Throws<ArgumentNullException>(() => new Certifier(network.Graph, Light, 1, new CertifierOptions { Device = null! }));
        using var images = Light.Enclose(rand([3, 8, 8]), Light.Box);
        foreach (var weights in network.parameters())
            weights.requires_grad = true;
        var error = Assert.Throws<ComputeDeviceException>(() =>
            new SemanticIntervalPropagator(SymbolBudget.All).On(device).Propagate(network.Graph, images))!;
        Assert.That(error.Message, Does.Contain("gradients"));
    }

    [Test]
    public void AClosedDeviceIsRefused()
    {
        using var network = Network();
        var device = GpuDevice.OpenEmulator();
        var domain = new SemanticIntervalPropagator(SymbolBudget.All).On(device);
        device.Dispose();
        using var noGradient = no_grad();
        using var images = Light.Enclose(rand([3, 8, 8]), Light.Box);
        Assert.Throws<ObjectDisposedException>(() => domain.Propagate(network.Graph, images));
    }

    private static GraphModule Network()
    {
        var network = Cnn7.Create(new Cnn7Options(3, 8, 8, 2, 0.0625, Seed: FreshSeedsAttribute.Current));
        network.eval();
        return network;
    }
}
