using RobustPruning.Devices;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Devices;

/// <summary>The steps on the 64-bit part of zonotopes: each kernel encloses what it must, and SIMD gives what libtorch gives.</summary>
public sealed class OutwardReluTests
{
    private const double Underflow = 1e-33;

    [Test]
    public void ARectifierIsEnclosed(
        [Values] bool simd, [Values] bool wide, [Values(1, 7, 8, 33)] int neurons, [Values(0, 1, 3)] int generators, [Values] bool symbols, [Values] bool remainders)
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var zonotope = Random(neurons, generators, symbols, remainders);
        var step = (simd ? BoundKernels.Cpu : BoundKernels.Libtorch).RelaxRelu(zonotope, wide ? float64 : float32, Underflow);

        double[] lower = step.Lower.Numbers(), upper = step.Upper.Numbers(), slope = step.Slope.Numbers(), size = step.Size.Numbers();
        double[] centre = zonotope.Centre.Numbers(), spread = zonotope.Generators.abs().sum(1).Numbers(), error = zonotope.Error.Numbers();
        double[] noise = zonotope.SymbolRadius?.Numbers() ?? new double[centre.Length], remainder = zonotope.Remainder?.Numbers() ?? new double[centre.Length];
        double[] newRemainder = step.Remainder?.Numbers() ?? new double[centre.Length], newNoise = step.SymbolRadius.Numbers(), newError = step.Error.Numbers();

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
                Assert.That(Math.Abs(Math.FusedMultiplyAdd(-slope[index], z, Math.Max(z, 0)) - size[index]), Is.LessThanOrEqualTo(size[index] * (1 + 1e-12)), $"[{lower[index]}, {upper[index]}]");
            Assert.That(newRemainder[index], Is.GreaterThanOrEqualTo(
                (slope[index] * remainder[index]) + (symbolsLoseToRemainder ? (noise[index] * slope[index] * Math.Pow(2, -24)) + (slope[index] > 0 ? Underflow : 0) : 0)));
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

            Assert.That(newError[box], Is.InRange((steepest * error[box]) + Math.Sqrt(squares), (steepest * error[box] * (1 + 1e-12)) + (3 * Math.Sqrt(squares)) + 1e-140));
        }
    }

    [Test]
    public void SimdGivesWhatTheReferenceGives(
        [Values] bool wide, [Values(1, 7, 8, 33)] int neurons, [Values(0, 1, 3)] int generators, [Values] bool symbols, [Values] bool remainders)
    {
        using var scope = NewDisposeScope();
        manual_seed(TestEnvironment.FreshSeed());
        var zonotope = Random(neurons, generators, symbols, remainders);
        var type = wide ? float64 : float32;
        ReluRelaxation expected = BoundKernels.Libtorch.RelaxRelu(zonotope, type, Underflow), actual = BoundKernels.Cpu.RelaxRelu(zonotope, type, Underflow);
        Func<ReluRelaxation, Tensor>[] parts =
            [step => step.Lower, step => step.Upper, step => step.Slope, step => step.Size, step => step.Centre, step => step.Generators, step => step.SymbolRadius];
        foreach (var part in parts)
        {
            Assert.That(part(actual).dtype, Is.EqualTo(part(expected).dtype));
            Assert.That(part(actual).Numbers(), Is.EqualTo(part(expected).Numbers()).Within(1e-5));
        }

        Assert.That(actual.Error.Numbers(), Is.EqualTo(expected.Error.Numbers()).Within(1e-4).Percent);
        Tensor reference = BoundKernels.Libtorch.Uncertainty(zonotope, 1e-12, 1e-4), uncertain = BoundKernels.Cpu.Uncertainty(zonotope, 1e-12, 1e-4);
        Assert.That(uncertain.Numbers(), Is.EqualTo(reference.Numbers()).Within(1e-9).Percent);
        Assert.That(uncertain.Numbers().Min(), Is.GreaterThanOrEqualTo(0));
    }

    /// <summary>Two boxes whose neurons are stable and unstable, some exactly zero; generators are part of a larger tensor.</summary>
    private static OutwardZonotope Random(int neurons, int generators, bool symbols, bool remainders)
    {
        var kept = rand([2, neurons], dtype: float64).gt(0.2).to(float64);
        return new OutwardZonotope(
            randn([2, neurons], dtype: float64) * kept,
            (randn([2, generators + 1, neurons], dtype: float64) * 0.3 * kept.unsqueeze(1)).narrow(1, 1, generators),
            remainders ? rand([2, neurons], dtype: float64) * 1e-4 * kept : null,
            symbols ? rand([2, neurons], dtype: float64) * 0.5 * kept : null,
            rand([2], dtype: float64) * 1e-6);
    }
}
