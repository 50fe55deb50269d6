using BenchmarkDotNet.Attributes;
using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// Bounding one box with each domain, against a plain forward pass of 16 images. Quarter-width CNN7 at 3×32×32, fresh weights.
/// </summary>
/// <remarks>In this process: the generated project of the usual toolchain does not find the native shim.</remarks>
[InProcess]
public class PropagationBenchmarks
{
    private GraphModule _network = null!;
    private GraphModule _frozen = null!;
    private Tensor _batch = null!;
    private PerturbedImages _images = null!;

    /// <summary>Makes network and images.</summary>
    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(Environment.ProcessorCount);
        set_grad_enabled(false);
        _network = Cnn7.Create(new Cnn7Options(3, 32, 32, 23, 0.25));
        _network.eval();
        _frozen = BatchNormalizationFolding.Fold(_network.Graph);
        _batch = rand(16, 3, 32, 32);
        var light = SemanticSet.Of(new Brightness(-0.02, 0.02), new Contrast(-0.02, 0.02));
        _images = light.Enclose(_batch[0], light.Box);
    }

    /// <summary>The plain forward pass that everything is compared with.</summary>
    [Benchmark(Baseline = true)]
    public void ForwardPassOf16Images() => _network.Graph.Forward(_batch).Dispose();

    /// <summary>Interval bounds.</summary>
    [Benchmark]
    public void Interval() => new IntervalPropagator().Propagate(_frozen.Graph, _images).Dispose();

    /// <summary>The semantic interval domain without noise symbols.</summary>
    [Benchmark]
    public void NoSymbols() => new SemanticIntervalPropagator(SymbolBudget.None).Propagate(_frozen.Graph, _images).Dispose();

    /// <summary>The semantic interval domain with all noise symbols.</summary>
    [Benchmark]
    public void AllSymbols() => new SemanticIntervalPropagator(SymbolBudget.All).Propagate(_frozen.Graph, _images).Dispose();
}
