using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using RobustPruning.Devices;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// Every step of <see cref="IBoundKernels"/> on one thread, as the certifier's workers run it: libtorch's operations against SIMD. 2000
/// windows of 5×5 on a 32×32 map, a tenth of them across an edge.
/// </summary>
/// <remarks>In this process: the generated project of the usual toolchain does not find the native shim.</remarks>
[InProcess]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class KernelBenchmarks
{
    private const int Symbols = 2000;
    private const int Window = 5;
    private const int Side = 32;

    private Tensor _windows = null!;
    private Tensor _map = null!;
    private Tensor _active = null!;
    private Tensor _weights = null!;
    private Tensor _dense = null!;
    private Tensor _result = null!;
    private WindowPlace[] _places = null!;
    private WindowPlace[] _newPlaces = null!;

    /// <summary>Channels of the map: CNN7's first convolutions at a quarter of and at full width.</summary>
    [Params(16, 64)]
    public int Channels { get; set; }

    private static ConvolutionShape Shape { get; } = new()
    {
        Height = Side,
        Width = Side,
        NewHeight = Side,
        NewWidth = Side,
        Rows = new(3, 1, 1, 1),
        Columns = new(3, 1, 1, 1),
    };

    /// <summary>Makes windows, maps and weights.</summary>
    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(1);
        set_grad_enabled(false);
        var random = new Random(0);
        _windows = randn([Symbols, Window, Window, Channels]);
        _map = rand([1, Side, Side, Channels]);
        _active = rand([1, Side, Side, Channels]).lt(0.25).to(float32);
        _weights = randn([3, 3, Channels, Channels]);
        _dense = _weights.permute(3, 2, 0, 1).contiguous();
        _result = zeros([Symbols, Window + 2, Window + 2, Channels]);
        _places = [.. Enumerable.Range(0, Symbols).Select(_ => new WindowPlace(0, random.Next(-1, Side - Window + 2), random.Next(-1, Side - Window + 2)))];
        _newPlaces = [.. _places.Select(place => place with { Row = place.Row - 1, Column = place.Column - 1 })];
    }

    /// <summary>The sum of absolute values, by libtorch.</summary>
    [BenchmarkCategory("AddAbsoluteWindows"), Benchmark(Baseline = true)]
    public void AddAbsoluteWindowsLibtorch() => BoundKernels.Libtorch.AddAbsoluteWindows(_windows, _places, _map);

    /// <summary>The sum of absolute values, by SIMD.</summary>
    [BenchmarkCategory("AddAbsoluteWindows"), Benchmark]
    public void AddAbsoluteWindowsCpu() => BoundKernels.Cpu.AddAbsoluteWindows(_windows, _places, _map);

    /// <summary>Slopes times windows, by libtorch.</summary>
    [BenchmarkCategory("ScaleWindows"), Benchmark(Baseline = true)]
    public void ScaleWindowsLibtorch() => BoundKernels.Libtorch.ScaleWindows(_windows, _places, _map).Dispose();

    /// <summary>Slopes times windows, by SIMD.</summary>
    [BenchmarkCategory("ScaleWindows"), Benchmark]
    public void ScaleWindowsCpu() => BoundKernels.Cpu.ScaleWindows(_windows, _places, _map).Dispose();

    /// <summary>Zeros outside the map, by libtorch.</summary>
    [BenchmarkCategory("ClearOutside"), Benchmark(Baseline = true)]
    public void ClearOutsideLibtorch() => BoundKernels.Libtorch.ClearOutside(_windows, _places, Side, Side);

    /// <summary>Zeros outside the map, by SIMD.</summary>
    [BenchmarkCategory("ClearOutside"), Benchmark]
    public void ClearOutsideCpu() => BoundKernels.Cpu.ClearOutside(_windows, _places, Side, Side);

    /// <summary>A 3×3 convolution of windows of which a quarter is active, by libtorch.</summary>
    [BenchmarkCategory("Convolve"), Benchmark(Baseline = true)]
    public void ConvolveLibtorch() => Convolve(BoundKernels.Libtorch);

    /// <summary>A 3×3 convolution of windows of which a quarter is active, by SIMD.</summary>
    [BenchmarkCategory("Convolve"), Benchmark]
    public void ConvolveCpu() => Convolve(BoundKernels.Cpu);

    /// <summary>The same convolution of the same windows by libtorch's own, which knows nothing of what is active.</summary>
    [BenchmarkCategory("Convolve"), Benchmark]
    public void ConvolveDense() => nn.functional.conv2d(_windows.permute(0, 3, 1, 2), _dense, null, [1, 1], [2, 2], [1, 1], 1).Dispose();

    private void Convolve(IBoundKernels kernels)
    {
        _result.zero_();
        kernels.Convolve(_windows, _places, _active, _weights, Shape, _result, _newPlaces);
    }
}
