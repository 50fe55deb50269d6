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
    private Tensor _rows = null!;
    private Tensor _result = null!;
    private WindowPlace[] _places = null!;
    private int[] _targets = null!;

    /// <summary>Channels of the map: CNN7's first convolutions at a quarter of and at full width.</summary>
    [Params(16, 64)]
    public int Channels { get; set; }

    /// <summary>Makes windows, map and rows.</summary>
    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(1);
        set_grad_enabled(false);
        var random = new Random(0);
        _windows = randn([Symbols, Window, Window, Channels]);
        _map = rand([1, Side, Side, Channels]);
        _rows = randn([Symbols * Window, 8 * Channels]);
        _result = zeros([Symbols, 8 * Channels]);
        _places = [.. Enumerable.Range(0, Symbols).Select(_ => new WindowPlace(0, random.Next(-1, Side - Window + 2), random.Next(-1, Side - Window + 2)))];
        _targets = [.. Enumerable.Range(0, Symbols * Window).Select(row => row % Symbols)];
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

    /// <summary>Rows added to rows, by libtorch.</summary>
    [BenchmarkCategory("AddRows"), Benchmark(Baseline = true)]
    public void AddRowsLibtorch() => BoundKernels.Libtorch.AddRows(_rows, _targets, _result);

    /// <summary>Rows added to rows, by SIMD.</summary>
    [BenchmarkCategory("AddRows"), Benchmark]
    public void AddRowsCpu() => BoundKernels.Cpu.AddRows(_rows, _targets, _result);
}
