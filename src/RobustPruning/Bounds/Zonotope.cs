using RobustPruning.Devices;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// A batch of sets <c>{ c + Σ_k ξ_k G_k + Σ_m ε_m E_m + r ⊙ s : ξ, ε, s ∈ [−1, 1] }</c> of one node's values: centre c <c>[B, ...]</c>,
/// generators G of the semantic parameters and their products <c>[B, g, ...]</c>, kept noise symbols E in blocks, and a remainder r ≥ 0
/// <c>[B, ...]</c>, null when zero. Immutable; each operation's result belongs to the caller.
/// </summary>
/// <remarks>
/// With <see cref="Outward"/> set, <see cref="Error"/> takes in what rounding may have lost in each step. Centre and generators, few and
/// large, then have 64 bits; the symbols, many and small, may have the network's type, and their errors are small with them.
/// </remarks>
internal sealed partial record Zonotope(Tensor Centre, Tensor Generators, IReadOnlyList<NoiseSymbols> Symbols, Tensor? Remainder)
    : IDisposable
{
    /// <summary>The images that boxes reach, clipped if the camera clips; with all symbols kept, equal pixels may share theirs.</summary>
    /// <param name="images">The images.</param>
    /// <param name="budget">How many symbols to keep.</param>
    /// <param name="shareClipErrors">Whether equal pixels share their clip error's symbol.</param>
    /// <param name="type">The type of the network's numbers.</param>
    /// <param name="outward">Whether errors of rounding are to be added.</param>
    public static Zonotope Of(PerturbedImages images, SymbolBudget budget, bool shareClipErrors, ScalarType type, bool outward)
    {
        using var scope = NewDisposeScope();
        var unclipped = Unclipped(images, type, outward);
        if (images.Radius is not null)
            unclipped = unclipped.WithErrors(images.Radius.to(unclipped.Centre.dtype), budget);
        if (!images.Clip)
            return unclipped.MoveOut();
        var (lower, upper) = unclipped.Limits();
        using var relaxation = Relaxation.OfClip(lower, upper, 0, 1);
        if (!shareClipErrors || budget != SymbolBudget.All)
            return unclipped.Relax(relaxation, budget).MoveOut();

        // Pixels whose numbers are equal share what the clip does to these; their rounding errors differ, and pass the clip.
        var clipped = unclipped.Exact().Follow(relaxation);
        if (outward)
            clipped = clipped with { Error = clipped.Error!.Plus(unclipped.Error!) };
        var errors = ClipErrors.Symbols(unclipped.Centre, unclipped.Generators, images.Radius, unclipped.InSymbolType(relaxation.Size));
        return (clipped with { Symbols = [.. clipped.Symbols, .. errors], SymbolRadius = null }).MoveOut();
    }

    /// <summary>Lower and upper limits of each value.</summary>
    public (Tensor Lower, Tensor Upper) Limits()
    {
        using var scope = NewDisposeScope();
        var radius = Generators.abs().sum(1);
        if (Remainder is not null)
            radius = radius.Plus(Remainder);
        if (Symbols.Count > 0)
            radius = radius.Plus(SymbolRadius ?? SumOfSymbols());
        if (Error is not null)
        {
            radius = radius.Plus(EachValue(Error));
            radius = radius.Plus(Centre.abs().Plus(radius) * Scalars.Of(Rounding.Arithmetic));
        }

        return ((Centre - radius).MoveToOuterDisposeScope(), Centre.Plus(radius).MoveToOuterDisposeScope());
    }

    /// <summary>The exact image under an affine map, but for the remainder, which goes through |W|.</summary>
    public Zonotope Affine(AffineNode node)
    {
        using var scope = NewDisposeScope();
        var (together, terms) = WideMaps.Linear(node, cat([Centre.unsqueeze(1), Generators], 1));
        var centre = together.select(1, 0);
        var shift = node.Shift(Centre);
        return (this with
        {
            Centre = shift is null ? centre : centre.Plus(shift),
            Generators = together.narrow(1, 1, Generators.shape[1]),
            Symbols = [.. Symbols.Select(symbols => symbols.Linear(node)).Where(symbols => symbols.Count > 0)],
            Remainder = Outward is not null && node.Terms > 0 ? AffineRemainder(node) : Remainder is null ? null : node.Absolute(Remainder),
            Error = Error is null ? null : node.Terms == 0 ? Increased(Error * Scalars.Of(node.Norm)) : AffineError(node, terms, shift),
            SymbolRadius = node.Terms == 0 && SymbolRadius is not null ? node.Absolute(SymbolRadius) : null,
        }).MoveOut();
    }

    /// <summary>
    /// Encloses a function of each value z by <c>slope·z + offset ± size</c>. The errors of size above zero become kept symbols, or go
    /// into the remainder where the budget has no room.
    /// </summary>
    public Zonotope Relax(Relaxation relaxation, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        return Follow(relaxation).WithErrors(relaxation.Size, budget).MoveOut();
    }

    /// <summary>Each value times a slope of its own, <c>[B, ...]</c>: exact.</summary>
    public Zonotope Scale(Tensor slope)
    {
        using var scope = NewDisposeScope();
        var symbolSlope = slope.to(Outward ?? slope.dtype);
        var (remainder, error) = ScaledRounding(slope, symbolSlope.to(slope.dtype));
        return (this with
        {
            Centre = Centre * slope,
            Generators = Generators * slope.unsqueeze(1),
            Symbols = [.. Symbols.Select(symbols => symbols.Scale(symbolSlope))],
            Remainder = remainder,
            SymbolRadius = SymbolRadius is null ? null : SymbolRadius * (slope.abs() * Scalars.Of(1 + (4 * SymbolEpsilon))),
            Error = error,
        }).MoveOut();
    }

    public void Dispose()
    {
        Centre.Dispose();
        Generators.Dispose();
        foreach (var symbols in Symbols)
            symbols.Dispose();
        Remainder?.Dispose();
        SymbolRadius?.Dispose();
        Error?.Dispose();
    }

    /// <summary>The relaxation without its error.</summary>
    private Zonotope Follow(Relaxation relaxation)
    {
        var scaled = Scale(relaxation.Slope);
        return scaled with
        {
            Centre = scaled.Centre.Plus(relaxation.Offset),
            Error = scaled.Error is null ? null : scaled.Error.Plus(RelaxationError(relaxation)),
        };
    }

    /// <summary>Each value plus or minus an error, independent of all others. The result may share tensors with this set.</summary>
    public Zonotope WithErrors(Tensor size, SymbolBudget budget)
    {
        if (budget == SymbolBudget.None)
            return this with { Remainder = Remainder is null ? size.alias() : Increased(Remainder.Plus(size)) };
        var sizes = InSymbolType(size);
        return (this with { SymbolRadius = SymbolRadius is null ? null : SymbolRadius.Plus(sizes) }).WithNewborn(sizes, budget);
    }

    /// <summary>New symbols of these sizes, in the symbols' type; their sum already has them.</summary>
    private Zonotope WithNewborn(Tensor sizes, SymbolBudget budget)
    {
        if (budget == SymbolBudget.None)
            return WithErrors(sizes.to(Centre.dtype), budget) with { SymbolRadius = null };
        long neurons = Centre.numel() / Centre.shape[0];
        var flat = sizes.flatten();
        var places = flat.nonzero().flatten();
        if (places.numel() == 0)
            return this;
        var host = places.cpu().data<long>().ToArray();
        var newborn = new NewbornSymbols(
            flat.index_select(0, places), [.. host.Select(place => (int)(place / neurons))], [.. host.Select(place => place % neurons)],
            [.. Centre.shape.Skip(1)]);
        return BudgetFolding.Apply(this with { Symbols = [.. Symbols, newborn] }, budget);
    }

    /// <summary>Moves the tensors out of the current dispose scope.</summary>
    public Zonotope MoveOut()
    {
        foreach (var symbols in Symbols)
            symbols.MoveOut();
        Centre.MoveToOuterDisposeScope();
        Generators.MoveToOuterDisposeScope();
        Remainder?.MoveToOuterDisposeScope();
        SymbolRadius?.MoveToOuterDisposeScope();
        Error?.MoveToOuterDisposeScope();
        return this;
    }
}
