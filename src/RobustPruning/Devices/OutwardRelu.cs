using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RobustPruning.Devices;

/// <summary>The steps of <see cref="IBoundKernels"/> on <see cref="OutwardZonotope"/> in one pass over memory, for 32-bit symbols.</summary>
internal sealed unsafe class OutwardRelu
{
    // Clears what a 32-bit number's 23 digits cannot hold.
    private const long FloatDigits = ~((1L << 29) - 1);
    private const double FloatEpsilon = 1.0 / (1 << 23);
    private const double LeastSlope = 1e-30;
    private const double LeastFloat = 1e-37;

    private static readonly int Lanes = Vector512<double>.Count;

    public required double* Centre { get; init; }

    public required double* Generators { get; init; }

    /// <summary>The numbers from one generator to the next.</summary>
    public required long GeneratorStep { get; init; }

    public required int GeneratorCount { get; init; }

    public required double* Remainder { get; init; }

    /// <summary>Null if there are no symbols.</summary>
    public required double* Symbols { get; init; }

    /// <summary><see cref="IBoundKernels.RelaxRelu"/> for one box's neurons.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Relax(long neurons, double underflow, Output output)
    {
        var neuron = 0L;
        for (; neuron <= neurons - Lanes; neuron += Lanes)
        {
            Vector512<double> centre = Vector512.Load(Centre + neuron), spread = Spread(neuron), remainder = Vector512.Load(Remainder + neuron);
            var symbols = Symbols is null ? Vector512<double>.Zero : Vector512.Load(Symbols + neuron);
            Vector512<double> magnitude = Vector512.Abs(centre), radius = spread + remainder + symbols;
            radius += (magnitude + radius) * Rounding.Arithmetic;
            Vector512<double> lower = centre - radius, upper = centre + radius;
            Vector512.Store(lower, output.Lower + neuron);
            Vector512.Store(upper, output.Upper + neuron);

            Vector512<double> zero = Vector512<double>.Zero, one = Vector512<double>.One;
            var unstable = Vector512.LessThan(lower, zero) & Vector512.GreaterThan(upper, zero);

            // Any slope from 0 to 1 will do, so it is one that 32 bits can hold.
            var share = ((upper / (upper - lower)).AsInt64() & Vector512.Create(FloatDigits)).AsDouble();
            share = Vector512.ConditionalSelect(Vector512.GreaterThan(share, Vector512.Create(LeastSlope)), share, zero);
            var stable = Vector512.ConditionalSelect(Vector512.GreaterThan(upper, zero), one, zero);
            var slope = Vector512.ConditionalSelect(unstable, share, stable);
            var error = Vector512.Max(-slope * lower, (one - slope) * upper) * 0.5;
            error = Vector512.ConditionalSelect(unstable, Vector512.Max(error * (1 + (2 * FloatEpsilon)), Vector512.Create(LeastFloat)), zero);

            Store(slope, output.Slope + neuron);
            Store(error, output.Size + neuron);
            var size = Load(output.Size + neuron);
            Vector512.Store((centre * slope) + size, output.Centre + neuron);
            for (var k = 0; k < GeneratorCount; k++)
                Vector512.Store(Vector512.Load(Generators + (k * GeneratorStep) + neuron) * slope, output.Generators + (k * neurons) + neuron);
            var lost = Vector512.ConditionalSelect(Vector512.GreaterThan(slope, zero), Vector512.Create(underflow), zero);
            Vector512.Store((remainder * slope * (1 + Rounding.Arithmetic)) + ((((magnitude + spread) * slope) + size) * Rounding.Arithmetic)
                + (symbols * slope * FloatEpsilon) + lost, output.Remainder + neuron);
            Vector512.Store((symbols * slope * (1 + (2 * FloatEpsilon))) + size, output.SymbolRadius + neuron);
        }

        for (; neuron < neurons; neuron++)
            RelaxOne(neuron, neurons, underflow, output);
    }

    /// <summary><see cref="IBoundKernels.Uncertainty"/> for one box's neurons.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Uncertainty(long neurons, double own, double symbols, float* output)
    {
        var neuron = 0L;
        for (; neuron <= neurons - Lanes; neuron += Lanes)
        {
            var uncertain = ((Vector512.Abs(Vector512.Load(Centre + neuron)) + Spread(neuron)) * own) + Vector512.Load(Remainder + neuron);
            if (Symbols is not null)
                uncertain += Vector512.Load(Symbols + neuron) * symbols;
            var rounded = Vector512.Max(uncertain * (1 + (2 * FloatEpsilon)), Vector512.Create(LeastFloat));
            Store(Vector512.ConditionalSelect(Vector512.GreaterThan(uncertain, Vector512<double>.Zero), rounded, uncertain), output + neuron);
        }

        for (; neuron < neurons; neuron++)
        {
            var uncertain = ((Math.Abs(Centre[neuron]) + SpreadOne(neuron)) * own) + Remainder[neuron] + (Symbols is null ? 0 : Symbols[neuron] * symbols);
            output[neuron] = (float)(uncertain > 0 ? Math.Max(uncertain * (1 + (2 * FloatEpsilon)), LeastFloat) : uncertain);
        }
    }

    private void RelaxOne(long neuron, long neurons, double underflow, Output output)
    {
        double centre = Centre[neuron], spread = SpreadOne(neuron), remainder = Remainder[neuron], symbols = Symbols is null ? 0 : Symbols[neuron];
        double magnitude = Math.Abs(centre), radius = spread + remainder + symbols;
        radius += (magnitude + radius) * Rounding.Arithmetic;
        double lower = centre - radius, upper = centre + radius;
        var unstable = lower < 0 && upper > 0;
        var share = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(upper / (upper - lower)) & FloatDigits);
        var slope = unstable ? share > LeastSlope ? share : 0 : upper > 0 ? 1 : 0;
        var size = (double)(float)(unstable ? Math.Max(Math.Max(-slope * lower, (1 - slope) * upper) * 0.5 * (1 + (2 * FloatEpsilon)), LeastFloat) : 0);
        (output.Lower[neuron], output.Upper[neuron], output.Slope[neuron], output.Size[neuron]) = (lower, upper, (float)slope, (float)size);
        output.Centre[neuron] = (centre * slope) + size;
        for (var k = 0; k < GeneratorCount; k++)
            output.Generators[(k * neurons) + neuron] = Generators[(k * GeneratorStep) + neuron] * slope;
        output.Remainder[neuron] = (remainder * slope * (1 + Rounding.Arithmetic)) + ((((magnitude + spread) * slope) + size) * Rounding.Arithmetic)
            + (symbols * slope * FloatEpsilon) + (slope > 0 ? underflow : 0);
        output.SymbolRadius[neuron] = (symbols * slope * (1 + (2 * FloatEpsilon))) + size;
    }

    private Vector512<double> Spread(long neuron)
    {
        var sum = Vector512<double>.Zero;
        for (var k = 0; k < GeneratorCount; k++)
            sum += Vector512.Abs(Vector512.Load(Generators + (k * GeneratorStep) + neuron));
        return sum;
    }

    private double SpreadOne(long neuron)
    {
        var sum = 0.0;
        for (var k = 0; k < GeneratorCount; k++)
            sum += Math.Abs(Generators[(k * GeneratorStep) + neuron]);
        return sum;
    }

    private static void Store(Vector512<double> values, float* target) =>
        Vector256.Store(Vector256.Narrow(values.GetLower(), values.GetUpper()), target);

    private static Vector512<double> Load(float* source)
    {
        var (lower, upper) = Vector256.Widen(Vector256.Load(source));
        return Vector512.Create(lower, upper);
    }

    /// <summary>Where the results of one box go, all contiguous.</summary>
    internal readonly struct Output
    {
        public required double* Lower { get; init; }

        public required double* Upper { get; init; }

        public required float* Slope { get; init; }

        public required float* Size { get; init; }

        public required double* Centre { get; init; }

        public required double* Generators { get; init; }

        public required double* Remainder { get; init; }

        public required double* SymbolRadius { get; init; }
    }
}
