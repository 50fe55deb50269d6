using RobustPruning.Bounds.Cpu;
using RobustPruning.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds.Cpu;

/// <summary>The ReLU's kernel and its form on tensors: each encloses what it must, and both give the same.</summary>
public sealed unsafe class ReluKernelTests
{
    private const double Underflow = 1e-33;

    [Test]
    public void ARectifierIsEnclosed(
        [Values] bool simd, [Values] bool wide, [Values(1, 7, 8, 33)] int neurons, [Values(0, 1, 3)] int generators, [Values] bool symbols,
        [Values] bool remainders)
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var zonotope = Random(neurons, generators, symbols, remainders);
        var step = simd
            ? OnPlainMemory(zonotope, wide ? float64 : float32)
            : LibtorchKernels.RelaxRelu(zonotope, wide ? float64 : float32, Underflow);

        double[] lower = step.Lower.Numbers(), upper = step.Upper.Numbers(), slope = step.Slope.Numbers(), size = step.Size.Numbers();
        double[] centre = zonotope.Centre.Numbers(), spread = zonotope.Generators.abs().sum(1).Numbers(), error = zonotope.Error.Numbers();
        double[] noise = zonotope.SymbolRadius?.Numbers() ?? new double[centre.Length],
            remainder = zonotope.Remainder?.Numbers() ?? new double[centre.Length];
        double[] newRemainder = step.Remainder?.Numbers() ?? new double[centre.Length],
            newNoise = step.SymbolRadius.Numbers(),
            newError = step.Error.Numbers();

        // What symbols of 32 bits lose stays with their neurons, what 64-bit ones lose goes to the error.
        var symbolsLoseToRemainder = symbols && !wide;
        Assert.That(step.Remainder is null, Is.EqualTo(!remainders && !symbolsLoseToRemainder));
        for (var index = 0; index < centre.Length; index++)
        {
            var radius = spread[index] + remainder[index] + noise[index] + error[index / neurons];
            Assert.That(lower[index], Is.LessThanOrEqualTo(centre[index] - radius));
            Assert.That(upper[index], Is.GreaterThanOrEqualTo(centre[index] + radius));
            Assert.That(slope[index], Is.InRange(0, 1));

            // Rounded once, so that the test's own rounding is less than what it looks for.
            foreach (var z in new[] { lower[index], upper[index], Math.Clamp(0, lower[index], upper[index]) })
                Assert.That(
                    Math.Abs(Math.FusedMultiplyAdd(-slope[index], z, Math.Max(z, 0)) - size[index]),
                    Is.LessThanOrEqualTo(size[index] * (1 + 1e-12)),
                    $"[{lower[index]}, {upper[index]}]");
            Assert.That(
                newRemainder[index],
                Is.GreaterThanOrEqualTo(
                    (slope[index] * remainder[index])
                        + (
                            symbolsLoseToRemainder
                                ? (noise[index] * slope[index] * Math.Pow(2, -24)) + (slope[index] > 0 ? Underflow : 0)
                                : 0)));
            Assert.That(newNoise[index], Is.GreaterThanOrEqualTo((slope[index] * noise[index]) + size[index]));
            if (upper[index] <= 0)
                Assert.That((slope[index], size[index], newRemainder[index], newNoise[index]), Is.EqualTo((0.0, 0.0, 0.0, 0.0)));
        }

        // The steepest slope times the error, and what one rounding of each number may lose: between an ulp of it and a few.
        for (var box = 0; box < 2; box++)
        {
            double steepest = 0, squares = 0;
            for (var index = box * neurons; index < (box + 1) * neurons; index++)
            {
                steepest = Math.Max(steepest, slope[index]);
                var own = ((((Math.Abs(centre[index]) + spread[index]) * slope[index]) + size[index]) * Math.Pow(2, -52))
                    + (wide ? (noise[index] * slope[index] * Math.Pow(2, -53)) + (slope[index] > 0 ? Underflow : 0) : 0);
                squares += own * own;
            }

            Assert.That(
                newError[box],
                Is.InRange(
                    (steepest * error[box]) + Math.Sqrt(squares),
                    (steepest * error[box] * (1 + 1e-12)) + (3 * Math.Sqrt(squares)) + 1e-140));
        }
    }

    [Test]
    public void SimdGivesWhatTheReferenceGives(
        [Values] bool wide, [Values(1, 7, 8, 33)] int neurons, [Values(0, 1, 3)] int generators, [Values] bool symbols,
        [Values] bool remainders)
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var zonotope = Random(neurons, generators, symbols, remainders);
        var type = wide ? float64 : float32;
        ReluRelaxation expected = LibtorchKernels.RelaxRelu(zonotope, type, Underflow), actual = OnPlainMemory(zonotope, type);
        Func<ReluRelaxation, Tensor>[] parts =
        [
            step => step.Lower,
            step => step.Upper,
            step => step.Slope,
            step => step.Size,
            step => step.Centre,
            step => step.Generators,
            step => step.SymbolRadius,
        ];
        foreach (var part in parts)
        {
            Assert.That(part(actual).dtype, Is.EqualTo(part(expected).dtype));
            Assert.That(part(actual).Numbers(), Is.EqualTo(part(expected).Numbers()).Within(1e-5));
        }

        Assert.That(actual.Error.Numbers(), Is.EqualTo(expected.Error.Numbers()).Within(1e-4).Percent);
        Tensor reference = LibtorchKernels.Uncertainty(zonotope, 1e-12, 1e-4), uncertain = UncertaintyOnPlainMemory(zonotope, 1e-12, 1e-4);
        Assert.That(uncertain.Numbers(), Is.EqualTo(reference.Numbers()).Within(1e-9).Percent);
        Assert.That(uncertain.Numbers().Min(), Is.GreaterThanOrEqualTo(0));
    }

    private static ReluRelaxation OnPlainMemory(OutwardZonotope zonotope, ScalarType type)
    {
        var reference = LibtorchKernels.RelaxRelu(zonotope, type, Underflow);
        var result = reference with
        {
            Slope = zeros_like(reference.Slope),
            Size = zeros_like(reference.Size),
            Centre = zeros_like(reference.Centre),
            Generators = zeros(reference.Generators.shape, dtype: float64),
            Remainder = reference.Remainder is null ? null : zeros_like(reference.Remainder),
            SymbolRadius = zeros_like(reference.SymbolRadius),
            Error = zeros_like(reference.Error),
        };
        for (var box = 0; box < 2; box++)
        {
            var unstable = type == float64 ? Relax<double>(zonotope, result, box) : Relax<float>(zonotope, result, box);
            Assert.That(unstable, Is.EqualTo(reference.Lower[box].lt(0).logical_and(reference.Upper[box].gt(0)).sum().item<long>()));
        }

        return result;
    }

    private static long Relax<T>(OutwardZonotope zonotope, ReluRelaxation result, int box)
        where T : unmanaged
    {
        var neurons = zonotope.Centre.shape[1];
        var (error, unstable) = Kernel<T>(zonotope, box).Relax(neurons, Underflow, new ReluKernel<T>.Output
        {
            Slope = At<T>(result.Slope, box),
            Size = At<T>(result.Size, box),
            Centre = At<double>(result.Centre, box),
            Generators = At<double>(result.Generators, box),
            Remainder = result.Remainder is null ? null : At<double>(result.Remainder, box),
            SymbolRadius = At<double>(result.SymbolRadius, box),
        });
        At<double>(result.Error, 0)[box] = error;
        return unstable;
    }

    private static Tensor UncertaintyOnPlainMemory(OutwardZonotope zonotope, double own, double symbols) =>
        tensor(
            [.. Enumerable.Range(0, 2).Select(box => Kernel<double>(zonotope, box).Uncertainty(zonotope.Centre.shape[1], own, symbols))],
            dtype: float64);

    private static ReluKernel<T> Kernel<T>(OutwardZonotope zonotope, int box)
        where T : unmanaged => new()
        {
            Centre = At<double>(zonotope.Centre, box),
            Generators = zonotope.Generators.shape[1] == 0 ? null : At<double>(zonotope.Generators, box),
            GeneratorStep = zonotope.Centre.shape[1],
            GeneratorCount = (int)zonotope.Generators.shape[1],
            Remainder = zonotope.Remainder is null ? null : At<double>(zonotope.Remainder, box),
            Symbols = zonotope.SymbolRadius is null ? null : At<double>(zonotope.SymbolRadius, box),
            Error = zonotope.Error[box].item<double>(),
        };

    /// <summary>Where one box's numbers begin.</summary>
    private static T* At<T>(Tensor values, int box)
        where T : unmanaged
    {
        fixed (byte* first = values.bytes)
            return (T*)first + (box * values.stride(0));
    }

    /// <summary>Two boxes whose neurons are stable and unstable, some exactly zero.</summary>
    private static OutwardZonotope Random(int neurons, int generators, bool symbols, bool remainders)
    {
        var kept = rand([2, neurons], dtype: float64).gt(0.2).to(float64);
        return new OutwardZonotope(
            randn([2, neurons], dtype: float64) * kept,
            (randn([2, generators, neurons], dtype: float64) * 0.3 * kept.unsqueeze(1)).contiguous(),
            remainders ? rand([2, neurons], dtype: float64) * 1e-4 * kept : null,
            symbols ? rand([2, neurons], dtype: float64) * 0.5 * kept : null,
            rand([2], dtype: float64) * 1e-6);
    }
}
