using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Bounds;
using RobustPruning.Bounds.Cpu;
using RobustPruning.Graphs;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace RobustPruning.Gpu.Tests;

/// <summary>The GPU's kernels, run on the CPU, against the CPU engine in 64 bits: random networks of all layers, random images, sets and boxes.</summary>
public sealed class GpuEngineTests
{
    [Test]
    public void AllValuesAreBoundedAsOnTheCpu([Values(1, 3)] int threads)
    {
        using var device = GpuDevice.OpenEmulator(threads: threads);
        var seed = FreshSeedsAttribute.Current;
        for (var number = 0; number < 20; number++)
        {
            File.AppendAllText("/tmp/fail.txt", $"seed {unchecked(seed + number)}\n");
            CompareWithCpu(device, unchecked(seed + number));
        }
    }

    private static void CompareWithCpu(GpuDevice device, int seed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var @case = new SoundnessCase(new Choices(seed));
        using var network = BatchNormalizationFolding.Fold(@case.Network.Graph);
        using var images = @case.Set.Enclose(@case.Image, @case.Boxes);
        var share = seed % 2 == 0;
        using var expected = new EngineAdapter(new WideCpuEngine(), share).Propagate(network.Graph, images, () => false)!;
        using var actual = new EngineAdapter(device.NewEngine(), share).Propagate(network.Graph, images, () => false)!;
        foreach (var (reference, bounds) in expected.PreActivations.Append(expected.Output).Zip(actual.PreActivations.Append(actual.Output)))
        {
            AreClose(reference.Lower, bounds.Lower, $"lower of {bounds.Node}");
            AreClose(reference.Upper, bounds.Upper, $"upper of {bounds.Node}");
        }

        void AreClose(Tensor reference, Tensor bounds, string what)
        {
            double[] first = reference.flatten().data<double>().ToArray(), second = bounds.flatten().data<double>().ToArray();
            var scale = 1 + first.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
            for (var index = 0; index < first.Length; index++)
            {
                if (double.IsFinite(first[index]))
                    Assert.That(second[index], Is.EqualTo(first[index]).Within(1e-7 * scale), $"{what}, number {index}, seed {seed}{Environment.NewLine}{@case}");
            }
        }
    }

    /// <summary>The CPU engine with symbols of 64 bits alone.</summary>
    private sealed class WideCpuEngine : IPropagationEngine
    {
        public string Name => "CPU, 64 bits";

        public IReadOnlyList<BoxBounds>? Bound(PropagationPlan plan, ImageBoxes images, BoundRequest request, Func<bool> stop) =>
            [.. Enumerable.Range(0, images.Count).Select(box => new BoxPropagation<double>(new BufferPool(), plan, request, stop).Run(images, box, mustBeFine: false)!)];
    }
}
