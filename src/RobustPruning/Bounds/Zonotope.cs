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
        if (images.Radius is not null)
            unclipped = unclipped.Widen(images.Radius, budget);
        if (!images.Clip)
            return unclipped.MoveOut();
        var (lower, upper) = unclipped.Limits();
        using var relaxation = Relaxation.OfClip(lower, upper);
        if (!shareClipErrors || budget != SymbolBudget.All)
            return unclipped.Relax(relaxation, budget).MoveOut();
        var clipped = unclipped.Relax(relaxation with { Size = zeros_like(relaxation.Size) }, budget);
        var errors = ClipErrors.Symbols(unclipped.Centre, unclipped.Generators, images.Radius, relaxation.Size);
        return (clipped with { Symbols = [.. clipped.Symbols, .. errors] }).MoveOut();
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
            [.. Symbols.Select(symbols => symbols.Linear(node))],
            Remainder is null ? null : node.Absolute(Remainder)).MoveOut();
    }

    /// <summary>
    /// Encloses a function of each value z by <c>slope·z + offset ± size</c>. The errors of size above zero become kept symbols, or go
    /// into the remainder where the budget has no room.
    /// </summary>
    public Zonotope Relax(Relaxation relaxation, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        var slope = relaxation.Slope;
        var symbols = Symbols.Select(block => block.Scale(slope)).ToList();
        var remainder = Remainder is null ? null : Remainder * slope;
        var (newborn, folded) = Born(relaxation.Size, budget);
        if (newborn is not null)
            symbols.Add(newborn);
        if (folded is not null)
            remainder = remainder is null ? folded : remainder + folded;
        return new Zonotope((Centre * slope) + relaxation.Offset, Generators * slope.unsqueeze(1), symbols, remainder).MoveOut();
    }

    public void Dispose()
    {
        Centre.Dispose();
        Generators.Dispose();
        foreach (var symbols in Symbols)
            symbols.Dispose();
        Remainder?.Dispose();
    }

    /// <summary>Each value with an error of its own, which becomes a kept symbol, or goes into the remainder where the budget has no room.</summary>
    private Zonotope Widen(Tensor radius, SymbolBudget budget)
    {
        var (newborn, folded) = Born(radius, budget);
        return this with { Symbols = newborn is null ? Symbols : [.. Symbols, newborn], Remainder = folded };
    }

    /// <summary>New symbols for the largest errors, as many as the budget has room for, and what is left for the remainder.</summary>
    private (NewbornSymbols? Newborn, Tensor? Folded) Born(Tensor size, SymbolBudget budget)
    {
        long boxes = Centre.shape[0], neurons = Centre.numel() / boxes;
        var room = Math.Max(0, ((double)budget.Count * boxes) - Symbols.Sum(block => block.Count));
        if (room == 0)
            return (null, size.alias());
        var flat = size.flatten();
        var places = flat.nonzero().flatten();
        var all = places.numel() <= room;
        if (!all)
            places = places.index_select(0, flat.index_select(0, places).argsort(descending: true).narrow(0, 0, (long)room)).sort(0).Item1;
        if (places.numel() == 0)
            return (null, null);

        var host = places.cpu().data<long>().ToArray();
        var sizes = flat.index_select(0, places);
        var newborn = new NewbornSymbols(
            sizes, [.. host.Select(place => (int)(place / neurons))], [.. host.Select(place => place % neurons)], [.. Centre.shape.Skip(1)]);
        return (newborn, all ? null : flat.index_copy(0, places, zeros_like(sizes)).reshape(size.shape));
    }

    private Zonotope MoveOut()
    {
        foreach (var symbols in Symbols)
            symbols.MoveOut();
        return new(Centre.MoveToOuterDisposeScope(), Generators.MoveToOuterDisposeScope(), Symbols, Remainder?.MoveToOuterDisposeScope());
    }
}
