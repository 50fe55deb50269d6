using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// A ReLU of one box's values in one pass over memory: it encloses <c>max(z, 0)</c> by <c>slope·z + size ± size</c> and applies that to
/// centre, generators, box error term and the sum of the symbols, with all that rounding may lose.
/// </summary>
/// <typeparam name="T">The symbols' numbers: float or double.</typeparam>
internal sealed unsafe class ReluKernel<T>
    where T : unmanaged
{
    private const double LeastSlope = 1e-30;

    private static readonly int Lanes = Vector512<double>.Count;

    // Clears what a 32-bit number's 23 digits cannot hold.
    private static readonly long Digits = typeof(T) == typeof(float) ? ~((1L << 29) - 1) : -1;
    private static readonly double Epsilon = typeof(T) == typeof(float) ? 1.0 / (1 << 23) : 1.0 / (1L << 52);
    private static readonly double Least = typeof(T) == typeof(float) ? 1e-37 : 1e-307;

    public required double* Centre { get; init; }

    public required double* Generators { get; init; }

    /// <summary>The numbers from one generator to the next.</summary>
    public required long GeneratorStep { get; init; }

    public required int GeneratorCount { get; init; }

    /// <summary>Null if there is none.</summary>
    public required double* Remainder { get; init; }

    /// <summary>Null if there are no symbols.</summary>
    public required double* Symbols { get; init; }

    public required double Error { get; init; }

    /// <summary>Relaxes the neurons.</summary>
    /// <param name="neurons">How many.</param>
    /// <param name="underflow">What products of symbols and slopes may lose below the least normal number, summed over the symbols.</param>
    /// <param name="output">Where to write.</param>
    /// <returns>The new error, and how many neurons are unstable.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (double Error, long Unstable) Relax(long neurons, double underflow, Output output)
    {
        var unstables = 0L;
        Vector512<double> squares = default, steepest = default, zero = default;
        var one = Vector512<double>.One;
        var neuron = 0L;
        for (; neuron <= neurons - Lanes; neuron += Lanes)
        {
            Vector512<double> centre = Vector512.Load(Centre + neuron), spread = Spread(neuron), remainder = LoadOrZero(Remainder, neuron);
            Vector512<double> symbols = LoadOrZero(Symbols, neuron),
                magnitude = Vector512.Abs(centre),
                radius = spread + remainder + symbols + Vector512.Create(Error);
            radius += (magnitude + radius) * Rounding.Arithmetic;
            Vector512<double> lower = centre - radius, upper = centre + radius;
            var unstable = Vector512.LessThan(lower, zero) & Vector512.GreaterThan(upper, zero);
            unstables += BitOperations.PopCount(Vector512.ExtractMostSignificantBits(unstable));

            // Any slope from 0 to 1 will do, so it is one that the symbols' numbers can hold.
            var share = ((upper / (upper - lower)).AsInt64() & Vector512.Create(Digits)).AsDouble();
            share = Vector512.ConditionalSelect(Vector512.GreaterThan(share, Vector512.Create(LeastSlope)), share, zero);
            var stable = Vector512.ConditionalSelect(Vector512.GreaterThan(upper, zero), one, zero);
            var slope = Vector512.ConditionalSelect(unstable, share, stable);
            var error = Vector512.Max(-slope * lower, (one - slope) * upper) * 0.5;
            error = Vector512.ConditionalSelect(unstable, Vector512.Max(error * (1 + (2 * Epsilon)), Vector512.Create(Least)), zero);

            Store(slope, output.Slope + neuron);
            Store(error, output.Size + neuron);
            var size = Load(output.Size + neuron);
            Vector512.Store((centre * slope) + size, output.Centre + neuron);
            for (var k = 0; k < GeneratorCount; k++)
                Vector512.Store(
                    Vector512.Load(Generators + (k * GeneratorStep) + neuron) * slope,
                    output.Generators + (k * neurons) + neuron);
            var lost = (((magnitude + spread) * slope) + size) * Rounding.OneStep;
            var lostBySymbols =
                (symbols * slope * Epsilon)
                + Vector512.ConditionalSelect(Vector512.GreaterThan(slope, zero), Vector512.Create(underflow), zero);
            if (typeof(T) == typeof(double))
                (lost, lostBySymbols) = (lost + lostBySymbols, zero);
            if (output.Remainder is not null)
                Vector512.Store(
                    (remainder * slope * (1 + Rounding.Arithmetic)) + (lostBySymbols * (1 + Rounding.Arithmetic)),
                    output.Remainder + neuron);
            Vector512.Store((symbols * slope * (1 + (2 * Epsilon))) + size, output.SymbolRadius + neuron);
            squares += lost * lost;
            steepest = Vector512.Max(steepest, slope);
        }

        double sum = Vector512.Sum(squares), greatest = 0;
        for (var lane = 0; lane < Lanes; lane++)
            greatest = Math.Max(greatest, steepest[lane]);
        for (; neuron < neurons; neuron++)
        {
            var (slope, lost, isUnstable) = RelaxOne(neuron, neurons, underflow, output);
            (sum, greatest) = (sum + (lost * lost), Math.Max(greatest, slope));
            unstables += isUnstable ? 1 : 0;
        }

        return (((greatest * Error) + EuclideanNorm.Upper(sum, neurons)) * (1 + Rounding.Arithmetic), unstables);
    }

    /// <summary>
    /// The Euclidean norm of what rounding may add to each value as the input of an affine layer, <c>own·(|c| + Σ|G|) + symbols·Σ|E|</c>,
    /// rounded up.
    /// </summary>
    /// <param name="neurons">How many.</param>
    /// <param name="own">The relative error of the layer's sums in 64 bits.</param>
    /// <param name="symbols">The relative error of the layer's sums in the symbols' type.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Uncertainty(long neurons, double own, double symbols)
    {
        Vector512<double> squares = default;
        var neuron = 0L;
        for (; neuron <= neurons - Lanes; neuron += Lanes)
        {
            var uncertain =
                ((Vector512.Abs(Vector512.Load(Centre + neuron)) + Spread(neuron)) * own) + (LoadOrZero(Symbols, neuron) * symbols);
            squares += uncertain * uncertain;
        }

        var sum = Vector512.Sum(squares);
        for (; neuron < neurons; neuron++)
        {
            var uncertain = ((Math.Abs(Centre[neuron]) + SpreadOne(neuron)) * own) + (Symbols is null ? 0 : Symbols[neuron] * symbols);
            sum += uncertain * uncertain;
        }

        return EuclideanNorm.Upper(sum, neurons) * (1 + Rounding.Arithmetic);
    }

    private (double Slope, double Lost, bool Unstable) RelaxOne(long neuron, long neurons, double underflow, Output output)
    {
        double centre = Centre[neuron],
            spread = SpreadOne(neuron),
            remainder = Remainder is null ? 0 : Remainder[neuron],
            symbols = Symbols is null ? 0 : Symbols[neuron];
        double magnitude = Math.Abs(centre), radius = spread + remainder + symbols + Error;
        radius += (magnitude + radius) * Rounding.Arithmetic;
        double lower = centre - radius, upper = centre + radius;
        var unstable = lower < 0 && upper > 0;
        var share = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(upper / (upper - lower)) & Digits);
        var slope = unstable ? share > LeastSlope ? share : 0 : upper > 0 ? 1 : 0;
        StoreOne(slope, output.Slope + neuron);
        StoreOne(
            unstable ? Math.Max(Math.Max(-slope * lower, (1 - slope) * upper) * 0.5 * (1 + (2 * Epsilon)), Least) : 0,
            output.Size + neuron);
        var size = LoadOne(output.Size + neuron);
        output.Centre[neuron] = (centre * slope) + size;
        for (var k = 0; k < GeneratorCount; k++)
            output.Generators[(k * neurons) + neuron] = Generators[(k * GeneratorStep) + neuron] * slope;
        double lost = (((magnitude + spread) * slope) + size) * Rounding.OneStep,
            lostBySymbols = (symbols * slope * Epsilon) + (slope > 0 ? underflow : 0);
        if (typeof(T) == typeof(double))
            (lost, lostBySymbols) = (lost + lostBySymbols, 0);
        if (output.Remainder is not null)
            output.Remainder[neuron] = (remainder * slope * (1 + Rounding.Arithmetic)) + (lostBySymbols * (1 + Rounding.Arithmetic));
        output.SymbolRadius[neuron] = (symbols * slope * (1 + (2 * Epsilon))) + size;
        return (slope, lost, unstable);
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

    private static Vector512<double> LoadOrZero(double* source, long index) => source is null ? default : Vector512.Load(source + index);

    private static void Store(Vector512<double> values, T* target)
    {
        if (typeof(T) == typeof(double))
            Vector512.Store(values, (double*)target);
        else
            Vector256.Store(Vector256.Narrow(values.GetLower(), values.GetUpper()), (float*)target);
    }

    private static Vector512<double> Load(T* source)
    {
        if (typeof(T) == typeof(double))
            return Vector512.Load((double*)source);
        var (lower, upper) = Vector256.Widen(Vector256.Load((float*)source));
        return Vector512.Create(lower, upper);
    }

    private static void StoreOne(double value, T* target)
    {
        if (typeof(T) == typeof(double))
            *(double*)target = value;
        else
            *(float*)target = (float)value;
    }

    private static double LoadOne(T* source) => typeof(T) == typeof(double) ? *(double*)source : *(float*)source;

    /// <summary>Where the results of one box go, all contiguous.</summary>
    internal readonly struct Output
    {
        public required T* Slope { get; init; }

        public required T* Size { get; init; }

        public required double* Centre { get; init; }

        public required double* Generators { get; init; }

        /// <summary>Null if there is none.</summary>
        public required double* Remainder { get; init; }

        public required double* SymbolRadius { get; init; }
    }
}
