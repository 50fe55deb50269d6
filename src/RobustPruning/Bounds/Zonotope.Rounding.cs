using RobustPruning.Devices;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// What rounding may lose in each step, as radii for the remainder. The bounds hold for the network in real numbers; an error that is
/// relative to centre and generators is one of 64-bit numbers, one that is relative to the symbols is one of theirs.
/// </summary>
internal sealed partial record Zonotope
{
    /// <summary>The type of the symbols' numbers if errors of rounding are added to the remainder; null if they are ignored.</summary>
    public ScalarType? Outward { get; init; }

    /// <summary>No less than <c>Σ_m |E_m|</c>, <c>[B, ...]</c>; null if it is not known. Only kept where errors of rounding are added.</summary>
    public Tensor? SymbolRadius { get; init; }

    private double SymbolEpsilon => Outward is { } type ? Rounding.Epsilon(type) : 0;

    private double SymbolUnderflow => Outward is { } type ? Rounding.Underflow(type) * (2 + Symbols.Sum(symbols => symbols.Count)) : 0;

    /// <summary>The same set, and for an activation the sum of its symbols, which its limits and its relaxation both need.</summary>
    /// <returns>The set; it shares its tensors with this one, but for the sum, which belongs to the caller.</returns>
    public Zonotope Measured() => Outward is null || Symbols.Count == 0 || SymbolRadius is not null ? this : this with { SymbolRadius = SumOfSymbols() };

    /// <summary>Disposes what <see cref="Measured"/> has added to <paramref name="original"/>.</summary>
    public void DisposeMeasure(Zonotope original)
    {
        if (!ReferenceEquals(this, original))
            SymbolRadius?.Dispose();
    }

    private static Zonotope Unclipped(PerturbedImages images, ScalarType type, bool outward)
    {
        if (!outward)
            return new(images.Centre.to(type).alias(), images.Generators.to(type).alias(), [], null);
        Tensor centre = images.Centre.to(float64), generators = images.Generators.to(float64);
        return new(centre.alias(), generators.alias(), [], full_like(centre, images.RoundingError)) { Outward = type };
    }

    /// <summary>|W| times all that is uncertain in the input, and what the sums of the layer's own terms may lose.</summary>
    private Tensor AffineRemainder(AffineNode node, Tensor? shift)
    {
        double own = Rounding.Gamma(node.Terms + 10, Rounding.Epsilon(ScalarType.Float64)), symbols = Rounding.Gamma(node.Terms + 2, SymbolEpsilon);
        var uncertain = Kernels.Uncertainty(AsOutward(), own, symbols, Outward!.Value);
        var remainder = (node.Absolute(uncertain).to(float64) * (1 + (4 * symbols))).add_(node.Terms * SymbolUnderflow);
        if (shift is not null)
            remainder = remainder + (shift.abs() * own);
        return node.ShiftError is { } error ? remainder + error : remainder;
    }

    /// <summary>A ReLU in one pass, with errors of rounding. Hands out the limits before it.</summary>
    public Zonotope Rectify(SymbolBudget budget, out Tensor lower, out Tensor upper)
    {
        using var scope = NewDisposeScope();
        var step = Kernels.RelaxRelu(AsOutward(), Outward!.Value, SymbolUnderflow);
        lower = step.Lower.MoveToOuterDisposeScope();
        upper = step.Upper.MoveToOuterDisposeScope();
        var rectified = new Zonotope(step.Centre, step.Generators, [.. Symbols.Select(symbols => symbols.Scale(step.Slope))], step.Remainder)
        {
            Outward = Outward,
            SymbolRadius = step.SymbolRadius,
        };
        return rectified.WithNewborn(step.Size, budget).MoveOut();
    }

    private IBoundKernels Kernels => BoundKernels.For(Centre, Outward!.Value);

    private OutwardZonotope AsOutward() =>
        new(Centre.contiguous(), Generators, Remainder!.contiguous(), Symbols.Count == 0 ? null : (SymbolRadius ?? SumOfSymbols()).contiguous());

    /// <summary>The remainder after each value was multiplied by <paramref name="used"/> instead of <paramref name="slope"/>.</summary>
    private Tensor ScaledRemainder(Tensor slope, Tensor used)
    {
        Tensor size = used.abs(), extent = Extent();
        var all = extent + Remainder!;
        var remainder = (Remainder! * (size * (1 + Rounding.Arithmetic))) + (extent * size * Rounding.Arithmetic);
        if (Symbols.Count > 0)
        {
            var symbols = SymbolRadius ?? SumOfSymbols();
            all = all + symbols;
            remainder = remainder + (symbols * (size * SymbolEpsilon)) + (size.gt(0).to(size.dtype) * SymbolUnderflow);
        }

        return remainder + ((slope - used).abs() * all * (1 + Rounding.Arithmetic));
    }

    /// <summary>What a relaxation's own numbers may be off by.</summary>
    private Tensor RelaxationError(Relaxation relaxation)
    {
        var all = Extent() + Remainder!;
        if (Symbols.Count > 0)
            all = all + (SymbolRadius ?? SumOfSymbols());
        return ((all * relaxation.Size.gt(0).to(all.dtype)) + relaxation.Offset.abs()) * Rounding.Arithmetic;
    }

    /// <summary>What adding two values may lose.</summary>
    public static Tensor SumError(Zonotope first, Zonotope second)
    {
        var error = (first.Extent() + second.Extent() + first.Remainder! + second.Remainder!) * Rounding.Arithmetic;
        foreach (var term in new[] { first, second }.Where(term => term.Symbols.Count > 0))
            error = error + ((term.SymbolRadius ?? term.SumOfSymbols()) * first.SymbolEpsilon) + term.SymbolUnderflow;
        return error;
    }

    /// <summary><c>|c| + Σ_k |G_k|</c>.</summary>
    private Tensor Extent() => Centre.abs() + Generators.abs().sum(1);

    /// <summary><c>Σ_m |E_m|</c>, or no less.</summary>
    private Tensor SumOfSymbols()
    {
        using var scope = NewDisposeScope();
        var sum = zeros_like(Centre, dtype: Outward ?? Centre.dtype);
        foreach (var symbols in Symbols)
            symbols.AddAbsoluteTo(sum);
        return RoundedSum(sum).MoveToOuterDisposeScope();
    }

    /// <summary>A sum of symbols' absolute values in the type of the centre, and no less than the true one.</summary>
    public Tensor RoundedSum(Tensor sum) => Outward is null
        ? sum
        : sum.to(float64) * (1 + Rounding.Gamma(Symbols.Sum(symbols => symbols.Count) + 2, SymbolEpsilon));

    private Tensor InSymbolType(Tensor size) => Outward is { } type ? Rounding.Up(size, type) : size;
}
