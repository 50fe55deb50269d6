using RobustPruning.Devices;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Devices;

/// <summary>Each SIMD kernel against the libtorch kernel, on windows inside, across and outside the map's edges.</summary>
public sealed class CpuKernelsTests
{
    private const int Height = 6;
    private const int Width = 7;
    private const int Boxes = 3;

    [Test]
    public void EveryKernelGivesWhatTheReferenceGives([Values] bool wide, [Values(1, 3, 8, 17)] int channels, [Values(5, 4000)] int symbols)
    {
        var seed = TestEnvironment.FreshSeed();
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var random = new Random(seed);
        int height = random.Next(1, 5), width = random.Next(1, 5);
        WindowPlace[] places = [.. Enumerable.Range(0, symbols).Select(_ => new WindowPlace(random.Next(Boxes), random.Next(-5, Height + 2), random.Next(-5, Width + 2)))];
        var type = wide ? float64 : float32;
        var windows = randn([symbols, height, width, channels], dtype: type);
        var slope = rand([Boxes, Height, Width, channels], dtype: type);

        Same(kernels =>
        {
            var cleared = windows.clone();
            kernels.ClearOutside(cleared, places, Height, Width);
            return cleared;
        });
        Same(kernels => kernels.ScaleWindows(windows, places, slope));
        Same(kernels =>
        {
            var sum = slope.clone();
            kernels.AddAbsoluteWindows(windows, places, sum);
            return sum;
        });
    }

    [Test]
    public void NumbersOfFewerDigitsOrMixedAreRefused()
    {
        using var scope = NewDisposeScope();
        Tensor half = zeros([1, 1, 1, 1], dtype: float16), wide = zeros([1, 1, 1, 1], dtype: float64), single = zeros([1, 1, 1, 1]);
        Assert.That(() => BoundKernels.Cpu.ScaleWindows(half, [default], half), Throws.ArgumentException.With.Message.Contains("Float16"));
        Assert.That(() => BoundKernels.Cpu.ScaleWindows(single, [default], wide), Throws.ArgumentException.With.Message.Contains("Float64"));
    }

    [Test]
    public void TheTensorChoosesTheKernels()
    {
        using var scope = NewDisposeScope();
        Assert.That(BoundKernels.For(zeros(1)), Is.SameAs(BoundKernels.Cpu));
        Assert.That(BoundKernels.For(zeros([1], dtype: float64)), Is.SameAs(BoundKernels.Cpu));
        Assert.That(BoundKernels.For(zeros([1], dtype: float16)), Is.SameAs(BoundKernels.Libtorch));
        Assert.That(BoundKernels.For(zeros([1], requires_grad: true)), Is.SameAs(BoundKernels.Libtorch));
    }

    private static void Same(Func<IBoundKernels, Tensor> run)
    {
        Tensor expected = run(BoundKernels.Libtorch), actual = run(BoundKernels.Cpu);
        var rounding = (expected.dtype == float64 ? 1e-13 : 1e-5) * (1 + expected.abs().max().to(float64).item<double>());
        Assert.That((expected - actual).abs().max().to(float64).item<double>(), Is.LessThanOrEqualTo(rounding));
    }
}
