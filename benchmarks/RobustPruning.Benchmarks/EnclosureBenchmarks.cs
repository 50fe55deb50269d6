using BenchmarkDotNet.Attributes;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>Enclosing what boxes of brightness and contrast do to an image, against applying 16 parameter values to it.</summary>
/// <remarks>In this process: the generated project of the usual toolchain does not find the native shim.</remarks>
[InProcess]
public class EnclosureBenchmarks
{
    private SemanticSet _light = null!;
    private Tensor _image = null!;
    private IReadOnlyList<double[]> _thetas = null!;
    private IReadOnlyList<ParameterBox> _boxes = null!;

    /// <summary>Pixels a side of the image.</summary>
    [Params(32, 64)]
    public int Side { get; set; }

    /// <summary>Makes image, parameters and boxes.</summary>
    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(1);
        set_grad_enabled(false);
        _light = SemanticSet.Of(new Brightness(-0.05, 0.05), new Contrast(-0.05, 0.05));
        _image = rand(3, Side, Side);
        _thetas = _light.Box.Sample(16, new Random(0));
        _boxes = _light.Box.Grid(4);
    }

    /// <summary>16 perturbed images.</summary>
    [Benchmark(Baseline = true)]
    public void Apply16() => _light.Apply(_image, _thetas).Dispose();

    /// <summary>One box.</summary>
    [Benchmark]
    public void EncloseOneBox() => _light.Enclose(_image, _light.Box).Dispose();

    /// <summary>16 boxes in one call.</summary>
    [Benchmark]
    public void Enclose16Boxes() => _light.Enclose(_image, _boxes).Dispose();
}
