using BenchmarkDotNet.Attributes;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// What the certifier adds to bounding one box, against a plain forward pass of 16 images. Quarter-width CNN7 at 3×32×32, fresh weights.
/// </summary>
/// <remarks>In this process: the generated project of the usual toolchain does not find the native shim.</remarks>
[InProcess]
public class CertificationBenchmarks
{
    private GraphModule _network = null!;
    private Certifier _boundsOnly = null!;
    private Certifier _withSearch = null!;
    private Tensor _batch = null!;
    private Tensor _image = null!;

    /// <summary>Makes network, images and certifiers.</summary>
    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(Environment.ProcessorCount);
        _network = Cnn7.Create(new Cnn7Options(3, 32, 32, 23, 0.25));
        _network.eval();
        _batch = rand(16, 3, 32, 32);
        _image = _batch[0];
        var light = SemanticSet.Of(new Brightness(-0.02, 0.02), new Contrast(-0.02, 0.02));
        var oneBox = new CertifierOptions { MaxBoxes = 1, Samples = 0, GradientSteps = 0 };
        _boundsOnly = new Certifier(_network, light, tolerance: 1, oneBox);
        _withSearch = new Certifier(_network, light, tolerance: 1, oneBox with { Samples = 64, GradientSteps = 8 });
    }

    /// <summary>Disposes them.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _boundsOnly.Dispose();
        _withSearch.Dispose();
        _network.Dispose();
    }

    /// <summary>The plain forward pass that everything is compared with.</summary>
    [Benchmark(Baseline = true)]
    public void ForwardPassOf16Images()
    {
        using var noGradient = no_grad();
        _network.Graph.Forward(_batch).Dispose();
    }

    /// <summary>Certifying one image by one box, with corners and centre as the only samples.</summary>
    [Benchmark]
    public Certificate OneBox() => _boundsOnly.Certify(_image);

    /// <summary>The same with 64 samples and 8 gradient steps of search for counterexamples.</summary>
    [Benchmark]
    public Certificate OneBoxAndSearch() => _withSearch.Certify(_image);
}
