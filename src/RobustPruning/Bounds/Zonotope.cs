using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// A batch of sets <c>{ c + Σ_k ξ_k G_k + Σ_m ε_m E_m + r ⊙ s : ξ, ε, s ∈ [−1, 1] }</c> of one node's values: centre c <c>[B, ...]</c>,
/// generators G of the semantic parameters <c>[B, d, ...]</c>, kept noise symbols E in blocks, and a remainder r ≥ 0 <c>[B, ...]</c>,
/// null when zero. Immutable; each operation's result belongs to the caller.
/// </summary>
internal sealed record Zonotope(Tensor Centre, Tensor Generators, IReadOnlyList<NoiseSymbols> Symbols, Tensor? Remainder) : IDisposable
{
    /// <summary>The images that boxes reach, clipped if the camera clips; with all symbols kept, equal pixels may share theirs.</summary>
    public static Zonotope Of(PerturbedImages images, SymbolBudget budget, bool shareClipErrors)
    {
        using var scope = NewDisposeScope();
        var unclipped = new Zonotope(images.Centre.alias(), images.Generators.alias(), [], null);
        if (!images.Clip)
            return unclipped.MoveOut();
        var (lower, upper) = unclipped.Limits();
        using var relaxation = Relaxation.OfClip(lower, upper);
        if (!shareClipErrors || budget != SymbolBudget.All)
            return unclipped.Relax(relaxation, budget).MoveOut();
        var clipped = unclipped.Relax(relaxation with { Size = zeros_like(relaxation.Size) }, budget);
        return (clipped with { Symbols = ClipErrors.Symbols(unclipped.Centre, unclipped.Generators, relaxation.Size) }).MoveOut();
    }

    /// <summary>Lower and upper limits of each value.</summary>
    public (Tensor Lower, Tensor Upper) Limits()
    {
        using var scope = NewDisposeScope();
        var radius = Generators.abs().sum(1);
        if (Remainder is not null)
            radius = radius + Remainder;
        foreach (var symbols in Symbols)
            symbols.AddAbsoluteTo(radius);
        return ((Centre - radius).MoveToOuterDisposeScope(), (Centre + radius).MoveToOuterDisposeScope());
    }

    /// <summary>The exact image under an affine map, but for the remainder, which goes through |W|.</summary>
    public Zonotope Affine(AffineNode node)
    {
        using var scope = NewDisposeScope();
        var generators = node.Linear(Generators.flatten(0, 1));
        return new Zonotope(
            node.Affine(Centre),
            generators.reshape([Generators.shape[0], Generators.shape[1], .. generators.shape.Skip(1)]),
            [.. Symbols.Select(symbols => symbols.Linear(node)).Where(symbols => symbols.Count > 0)],
            Remainder is null ? null : node.Absolute(Remainder)).MoveOut();
    }

    /// <summary>
    /// Encloses a function of each value z by <c>slope·z + offset ± size</c>. The errors of size above zero become kept symbols, or go
    /// into the remainder where the budget has no room.
    /// </summary>
    public Zonotope Relax(Relaxation relaxation, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        var scaled = Scale(relaxation.Slope);
        return (scaled with { Centre = scaled.Centre + relaxation.Offset }).WithErrors(relaxation.Size, budget).MoveOut();
    }

    /// <summary>Each value times a slope of its own, <c>[B, ...]</c>: exact.</summary>
    public Zonotope Scale(Tensor slope)
    {
        using var scope = NewDisposeScope();
        return new Zonotope(
            Centre * slope,
            Generators * slope.unsqueeze(1),
            [.. Symbols.Select(symbols => symbols.Scale(slope))],
            Remainder is null ? null : Remainder * slope.abs()).MoveOut();
    }

    public void Dispose()
    {
        Centre.Dispose();
        Generators.Dispose();
        foreach (var symbols in Symbols)
            symbols.Dispose();
        Remainder?.Dispose();
    }

    /// <summary>Each value plus or minus an error, independent of all others. The result may share tensors with this set.</summary>
    public Zonotope WithErrors(Tensor size, SymbolBudget budget)
    {
        if (budget == SymbolBudget.None)
            return this with { Remainder = Remainder is null ? size.alias() : Remainder + size };
        long neurons = Centre.numel() / Centre.shape[0];
        var flat = size.flatten();
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
        return new(Centre.MoveToOuterDisposeScope(), Generators.MoveToOuterDisposeScope(), Symbols, Remainder?.MoveToOuterDisposeScope());
    }
}
