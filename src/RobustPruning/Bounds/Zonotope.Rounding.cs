using RobustPruning.Devices;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// What rounding may lose in each step. The true values are what the set says plus an error e, of which the Euclidean norm alone is known,
/// ‖e‖₂ ≤ ρ: an affine layer takes it to ‖W‖₂ ρ, a nonlinearity to no more than its steepest slope times ρ, and each adds the norm of what
/// its own arithmetic may lose. Symbols with fewer than 64 bits lose so much more that each value keeps to its own loss, as remainder. The
/// bounds so hold for the network in real numbers.
/// </summary>
internal sealed partial record Zonotope
{
    /// <summary>The type of the symbols' numbers if errors of rounding are accounted for; null if they are ignored.</summary>
    public ScalarType? Outward { get; init; }

    /// <summary>ρ, 64-bit, <c>[B]</c>: the Euclidean norm of all that rounding may have lost so far; null if that is ignored.</summary>
    public Tensor? Error { get; init; }

    /// <summary>
    /// No less than <c>Σ_m |E_m|</c>, <c>[B, ...]</c>; null if it is not known. Only kept where errors of rounding are accounted for.
    /// </summary>
    public Tensor? SymbolRadius { get; init; }

    private double SymbolEpsilon => Outward is { } type ? Rounding.Epsilon(type) : 0;

    private double SymbolUnderflow => Outward is { } type ? Rounding.Underflow(type) * (2 + Symbols.Sum(symbols => symbols.Count)) : 0;

    private bool IsWide => Outward == float64;

    /// <summary>The same set, and for an activation the sum of its symbols, which its limits and its relaxation both need.</summary>
    /// <returns>The set; it shares its tensors with this one, but for the sum, which belongs to the caller.</returns>
    public Zonotope Measured() =>
        Outward is null || Symbols.Count == 0 || SymbolRadius is not null ? this : this with { SymbolRadius = SumOfSymbols() };

    /// <summary>Disposes what <see cref="Measured"/> has added to <paramref name="original"/>.</summary>
    public void DisposeMeasure(Zonotope original)
    {
        if (!ReferenceEquals(this, original))
            SymbolRadius?.Dispose();
    }

    /// <summary>The set as if nothing had been lost so far. It shares its other tensors with this one.</summary>
    public Zonotope Exact() => Error is null ? this : this with { Error = zeros_like(Error) };

    /// <summary>
    /// How much of all radii is remainder: rounding of symbols, where none are folded. Not a number where there is no radius.
    /// </summary>
    public double RoundingShare()
    {
        if (Remainder is null)
            return 0;
        using var scope = NewDisposeScope();
        var rounding = Remainder.sum();
        var all = Generators.abs().sum().Plus(rounding);
        return (Symbols.Count == 0 ? rounding / all : rounding / all.Plus((SymbolRadius ?? SumOfSymbols()).sum())).item<double>();
    }

    private static Zonotope Unclipped(PerturbedImages images, ScalarType type, bool outward)
    {
        if (!outward)
            return new(images.Centre.to(type).alias(), images.Generators.to(type).alias(), [], null);
        Tensor centre = images.Centre.to(float64), generators = images.Generators.to(float64);
        var error = images.RoundingError * Math.Sqrt(centre.numel() / centre.shape[0]) * (1 + Rounding.Arithmetic);
        return new(centre.alias(), generators.alias(), [], null)
        {
            Outward = type,
            Error = full(images.Boxes, Scalars.Of(error), dtype: float64, device: centre.device),
        };
    }

    /// <summary>|W| times the remainder and what the layer's sums of narrow symbols may lose; null if there is nothing.</summary>
    private Tensor? AffineRemainder(AffineNode node)
    {
        var symbols = IsWide || Symbols.Count == 0 ? null : SymbolRadius ?? SumOfSymbols();
        var uncertain = Sum(Remainder, symbols is null ? null : symbols * Scalars.Of(Rounding.Gamma(Depth(node) + 2, SymbolEpsilon)));
        if (uncertain is null)
            return null;
        var spread =
            node.Absolute(Rounding.Up(uncertain, Outward!.Value)).to(float64)
            * Scalars.Of(1 + (4 * Rounding.Gamma(node.Terms + 2, SymbolEpsilon)));

        // Products may be too small for all digits, and so may weights that folding has made smaller.
        spread = spread.Plus(Scalars.Of(node.Terms * SymbolUnderflow));
        return symbols is null ? spread : spread.Plus(symbols.max() * Scalars.Of(node.Terms * Rounding.Underflow(Outward!.Value)));
    }

    /// <summary>‖W‖₂ ρ, and what the sums of the layer's own terms may lose: γ_n |W| |x| + γ |b| as vectors, by norms.</summary>
    private Tensor AffineError(AffineNode node, long terms, Tensor? shift)
    {
        double own = Rounding.Gamma(terms + 10, Rounding.Epsilon(ScalarType.Float64)),
            symbols = IsWide ? Rounding.Gamma(Depth(node) + 10, SymbolEpsilon) : 0;
        var error = (Error! * Scalars.Of(node.Norm))
            .Plus(LibtorchKernels.Uncertainty(AsOutward(), own, symbols) * Scalars.Of(node.AbsoluteNorm))
            .Plus(
                Scalars.Of(
                    node.Terms * Math.Sqrt(node.Neurons) * Rounding.Underflow(
                        ScalarType.Float64) * (2 + Symbols.Sum(block => block.Count))));
        if (shift is not null)
            error = error.Plus(
                EuclideanNorm.Upper(ShiftLoss(node, shift, own).reshape(1, -1))
                    * Scalars.Of(Math.Sqrt((double)node.Neurons / shift.numel())));
        return Increased(error);
    }

    private long Depth(AffineNode node) => Symbols.Count == 0 ? 0 : Symbols.Max(symbols => symbols.Terms(node));

    private static Tensor ShiftLoss(AffineNode node, Tensor shift, double own)
    {
        var loss = shift.abs() * Scalars.Of(own);
        return node.ShiftError is { } error ? loss.Plus(error) : loss;
    }

    private OutwardZonotope AsOutward() =>
        new(
            Centre.contiguous(),
            Generators,
            Remainder?.contiguous(),
            Symbols.Count == 0 ? null : (SymbolRadius ?? SumOfSymbols()).contiguous(),
            Error!.contiguous());

    /// <summary>
    /// Remainder and error after each value was multiplied by a slope, and its symbols by <paramref name="used"/> instead.
    /// </summary>
    private (Tensor? Remainder, Tensor? Error) ScaledRounding(Tensor slope, Tensor used)
    {
        var size = slope.abs();
        var remainder = Remainder is null ? null : Increased(Remainder * size);
        if (Error is null)
            return (remainder, null);
        var error = size.expand_as(Centre).flatten(1).amax([1]) * Error;
        var off = (size * Scalars.Of(SymbolEpsilon)).Plus((slope - used).abs());
        return WithLost(
            remainder,
            error,
            (Extent() * size * Scalars.Of(Rounding.OneStep)).expand_as(Centre),
            Symbols.Count == 0
                ? null
                : ((SymbolRadius ?? SumOfSymbols()) * off).Plus(size.gt(Scalars.Of(0)).to(size.dtype) * Scalars.Of(SymbolUnderflow)));
    }

    /// <summary>
    /// Adds what a step may lose of each value. Symbols with few digits lose much, and each value keeps to its own: that is remainder.
    /// </summary>
    private (Tensor? Remainder, Tensor Error) WithLost(Tensor? remainder, Tensor error, Tensor own, Tensor? symbols) =>
        IsWide && symbols is not null
            ? (remainder, Increased(error.Plus(EuclideanNorm.Upper(own.Plus(symbols)))))
            : (Sum(remainder, symbols), Increased(error.Plus(EuclideanNorm.Upper(own))));

    /// <summary>What a relaxation's own numbers may be off by.</summary>
    private Tensor RelaxationError(Relaxation relaxation)
    {
        var all = Extent().Plus(EachValue(Error!));
        if (Remainder is not null)
            all = all.Plus(Remainder);
        if (Symbols.Count > 0)
            all = all.Plus(SymbolRadius ?? SumOfSymbols());
        return EuclideanNorm.Upper(
            (all * relaxation.Size.gt(Scalars.Of(0)).to(all.dtype)).Plus(relaxation.Offset.abs()) * Scalars.Of(Rounding.Arithmetic));
    }

    /// <summary>Remainder and error of the sum of two values.</summary>
    public static (Tensor? Remainder, Tensor? Error) SumRounding(Zonotope first, Zonotope second)
    {
        var remainder = Sum(first.Remainder, second.Remainder);
        if (first.Error is null || second.Error is null)
            return (remainder, null);
        Tensor? symbols = null;
        foreach (var term in new[] { first, second }.Where(term => term.Symbols.Count > 0))
            symbols = Sum(
                symbols,
                ((term.SymbolRadius ?? term.SumOfSymbols()) * Scalars.Of(first.SymbolEpsilon)).Plus(Scalars.Of(term.SymbolUnderflow)));
        return first.WithLost(
            remainder,
            first.Error.Plus(second.Error),
            first.Extent().Plus(second.Extent()) * Scalars.Of(Rounding.OneStep),
            symbols);
    }

    /// <summary><c>|c| + Σ_k |G_k|</c>.</summary>
    private Tensor Extent() => Centre.abs().Plus(Generators.abs().sum(1));

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
        : sum.to(float64) * Scalars.Of(1 + Rounding.Gamma(Symbols.Sum(symbols => symbols.Count) + 2, SymbolEpsilon));

    private Tensor InSymbolType(Tensor size) => Outward is { } type ? Rounding.Up(size, type) : size;

    /// <summary>One number a box, <c>[B]</c>, for each of its values.</summary>
    private Tensor EachValue(Tensor numbers) => numbers.reshape([-1, .. Enumerable.Repeat(1L, (int)Centre.dim() - 1)]);

    private static Tensor? Sum(Tensor? first, Tensor? second) =>
        first is null ? second?.alias()
        : second is null ? first.alias()
        : Increased(first.Plus(second));

    /// <summary>No less than what a few operations on non-negative numbers should have given.</summary>
    private static Tensor Increased(Tensor values) => values * Scalars.Of(1 + Rounding.Arithmetic);
}
