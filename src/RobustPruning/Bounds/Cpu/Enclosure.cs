using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// One value over one box: the set <c>{ c + Σ_k ξ_k G_k + Σ_m ε_m E_m + r ⊙ s + e : ξ, ε, s ∈ [−1, 1], ‖e‖₂ ≤ ρ }</c> with centre c and
/// generators G of the semantic parameters in 64 bits, noise symbols E in blocks, a box error term r ≥ 0 of each number, and ρ for what
/// rounding may have lost. It owns its memory.
/// </summary>
/// <typeparam name="T">The symbols' numbers: float or double.</typeparam>
internal sealed unsafe class Enclosure<T>
    where T : unmanaged
{
    /// <summary>The step from 1 to the next number.</summary>
    public static readonly double Epsilon = typeof(T) == typeof(float) ? 1.0 / (1 << 23) : 1.0 / (1L << 52);

    /// <summary>A little more than the smallest number with all its digits: products below it are off by as much.</summary>
    public static readonly double Least = typeof(T) == typeof(float) ? 1e-37 : 1e-307;

    public Enclosure(MapShape map, BufferPool.Buffer centre, BufferPool.Buffer generators, int generatorCount)
    {
        (Map, CentreBuffer, GeneratorBuffer, GeneratorCount) = (map, centre, generators, generatorCount);
    }

    public MapShape Map { get; }

    public int GeneratorCount { get; }

    public BufferPool.Buffer CentreBuffer { get; }

    public BufferPool.Buffer GeneratorBuffer { get; }

    /// <summary>r, 64-bit; null if there is none.</summary>
    public BufferPool.Buffer? RemainderBuffer { get; init; }

    /// <summary>No less than Σ_m |E_m|, 64-bit; null if there are no symbols.</summary>
    public BufferPool.Buffer? RadiusBuffer { get; init; }

    /// <summary>The noise symbols.</summary>
    public required IReadOnlyList<SymbolBlock<T>> Symbols { get; init; }

    /// <summary>ρ.</summary>
    public required double Error { get; init; }

    public double* Centre => CentreBuffer.Doubles;

    /// <summary>The generators, one behind the other.</summary>
    public double* Generators => GeneratorBuffer.Doubles;

    public double* Remainder => RemainderBuffer is null ? null : RemainderBuffer.Doubles;

    public double* Radius => RadiusBuffer is null ? null : RadiusBuffer.Doubles;

    public long SymbolCount => Symbols.Sum(block => (long)block.Count);

    public static bool IsWide => typeof(T) == typeof(double);

    /// <summary>What products of all symbols may lose of one number below the least normal one.</summary>
    public double Underflow => Least * (2 + SymbolCount);

    /// <summary>The same set as if nothing had been lost so far, or more; it shares its memory.</summary>
    public Enclosure<T> WithError(double error) => new(Map, CentreBuffer.Share(), GeneratorBuffer.Share(), GeneratorCount)
    {
        RemainderBuffer = RemainderBuffer?.Share(),
        RadiusBuffer = RadiusBuffer?.Share(),
        Symbols = [.. Symbols.Select(block => block.Share())],
        Error = error,
    };

    /// <summary>Σ_k |G_k| of one number.</summary>
    public double Spread(int index)
    {
        var sum = 0.0;
        for (var k = 0; k < GeneratorCount; k++)
            sum += Math.Abs(Generators[((long)k * Map.Size) + index]);
        return sum;
    }

    /// <summary>Lower and upper bound of one number.</summary>
    public (double Lower, double Upper) Bounds(int index)
    {
        double centre = Centre[index],
            radius = Spread(index) + (Remainder is null ? 0 : Remainder[index]) + (Radius is null ? 0 : Radius[index]) + Error;
        radius += (Math.Abs(centre) + radius) * Rounding.Arithmetic;
        return (centre - radius, centre + radius);
    }

    /// <summary>The bounds of all numbers, in the network's order.</summary>
    public (double[] Lower, double[] Upper) LogicalBounds()
    {
        double[] lower = new double[Map.Size], upper = new double[Map.Size];
        for (var index = 0; index < lower.Length; index++)
            (lower[index], upper[index]) = Bounds(Map.Place(index));
        return (lower, upper);
    }

    /// <summary>How much of all radii is box error term: rounding of symbols. Not a number where there is no radius.</summary>
    public double RoundingShare()
    {
        if (Remainder is null)
            return 0;
        double rounding = 0, all = 0;
        for (var index = 0; index < Map.Size; index++)
        {
            rounding += Remainder[index];
            all += Spread(index) + (Radius is null ? 0 : Radius[index]);
        }

        return rounding / (all + rounding);
    }

    public void Release()
    {
        CentreBuffer.Release();
        GeneratorBuffer.Release();
        RemainderBuffer?.Release();
        RadiusBuffer?.Release();
        foreach (var block in Symbols)
            block.Release();
    }
}
