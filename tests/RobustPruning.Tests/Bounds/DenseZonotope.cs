using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>
/// The reference that the library's zonotopes are tested against: all generators dense, all symbols alike, the clip as two ReLUs.
/// A batch of sets <c>{ c + Σ_k ξ_k G_k + r ⊙ s : ξ, s ∈ [−1, 1] }</c> of one node's values: centre c <c>[B, ...]</c>, generators G
/// <c>[B, K, ...]</c> of which the first d belong to the semantic parameters and the others to kept noise symbols, and a remainder
/// r ≥ 0 <c>[B, ...]</c>, null when zero. Immutable; each operation's result belongs to the caller.
/// </summary>
internal sealed record DenseZonotope(Tensor Centre, Tensor Generators, Tensor? Remainder) : IDisposable
{
    /// <summary>The images that boxes reach, clipped if the camera clips.</summary>
    public static DenseZonotope Of(PerturbedImages images, SymbolBudget budget)
    {
        using var scope = NewDisposeScope();
        var unclipped = new DenseZonotope(images.Centre.alias(), images.Generators.alias(), images.Radius?.alias());
        if (images.Radius is { } radius && budget == SymbolBudget.All)
            unclipped = new(unclipped.Centre, cat([unclipped.Generators, unclipped.NewSymbols(arange(radius[0].numel()), radius.flatten(1))], 1), null);
        if (!images.Clip)
            return unclipped.MoveOut();

        // clip(x) = 1 − relu(1 − relu(x))
        var bottom = unclipped.Relu(unclipped.Limits(), budget, images.Generators.shape[1]);
        var turned = bottom.OneMinus();
        return turned.Relu(turned.Limits(), budget, images.Generators.shape[1]).OneMinus().MoveOut();
    }

    /// <summary>Lower and upper limits of each value.</summary>
    public (Tensor Lower, Tensor Upper) Limits()
    {
        using var scope = NewDisposeScope();
        var radius = Generators.abs().sum(1);
        if (Remainder is not null)
            radius = radius + Remainder;
        return ((Centre - radius).MoveToOuterDisposeScope(), (Centre + radius).MoveToOuterDisposeScope());
    }

    /// <summary>The exact image under an affine map, but for the remainder, which goes through |W|.</summary>
    public DenseZonotope Affine(AffineNode node)
    {
        using var scope = NewDisposeScope();
        var generators = node.Linear(Generators.flatten(0, 1));
        return new DenseZonotope(
            node.Affine(Centre),
            generators.reshape([Generators.shape[0], Generators.shape[1], .. generators.shape.Skip(1)]),
            Remainder is null ? null : node.Absolute(Remainder)).MoveOut();
    }

    /// <summary>
    /// Encloses <c>max(z, 0)</c>. A stable ReLU is exact. An unstable one with limits l &lt; 0 &lt; u is λz + μ ± μ with
    /// λ = u / (u − l), μ = −λl / 2; its error of size μ becomes a kept symbol, or goes into the remainder.
    /// </summary>
    public DenseZonotope Relu((Tensor Lower, Tensor Upper) limits, SymbolBudget budget, long semanticParameters)
    {
        using var scope = NewDisposeScope();
        var unstable = limits.Lower.lt(0).logical_and(limits.Upper.gt(0));
        var slope = where(unstable, limits.Upper / (limits.Upper - limits.Lower).clamp_min(1e-30), limits.Lower.ge(0).to(Centre.dtype));
        var size = where(unstable, slope * limits.Lower * -0.5, zeros_like(limits.Lower));

        var generators = Generators * slope.unsqueeze(1);
        var remainder = Remainder is null ? null : Remainder * slope;
        var kept = budget.Count == 0 ? null : KeptNeurons(unstable, size, budget.Count - (Generators.shape[1] - semanticParameters));
        if (kept is null)
        {
            remainder = remainder is null ? size : remainder + size;
        }
        else if (kept.numel() > 0)
        {
            var sizes = size.flatten(1).index_select(1, kept);
            generators = cat([generators, NewSymbols(kept, sizes)], 1);
            if (kept.numel() < unstable.any(0).sum().item<long>())
            {
                var folded = size.flatten(1).index_copy(1, kept, zeros_like(sizes)).reshape(size.shape);
                remainder = remainder is null ? folded : remainder + folded;
            }
        }

        return new DenseZonotope((Centre * slope) + size, generators, remainder).MoveOut();
    }

    public void Dispose()
    {
        Centre.Dispose();
        Generators.Dispose();
        Remainder?.Dispose();
    }

    /// <summary>
    /// The neurons, as indices into one box's values, that get a symbol of their own: those unstable in any box, the largest first if
    /// there is no room for all. Null if there is room for none.
    /// </summary>
    private static Tensor? KeptNeurons(Tensor unstable, Tensor size, long room)
    {
        if (room <= 0)
            return null;
        var neurons = unstable.flatten(1).any(0).nonzero().flatten();
        if (neurons.numel() <= room)
            return neurons;
        var sizes = size.flatten(1).index_select(1, neurons).sum([0]);
        var largest = sizes.argsort(descending: true).narrow(0, 0, room);
        return neurons.index_select(0, largest);
    }

    /// <summary>One generator for each kept neuron, zero but at the neuron: <c>[B, kept, ...]</c>.</summary>
    private Tensor NewSymbols(Tensor kept, Tensor sizes)
    {
        long boxes = Centre.shape[0], count = kept.numel(), neurons = Centre.numel() / boxes;
        var symbols = zeros([boxes, count, neurons], dtype: Centre.dtype, device: Centre.device);
        var places = kept.reshape(1, count, 1).expand(boxes, count, 1);
        return symbols.scatter(2, places, sizes.unsqueeze(2)).reshape([boxes, count, .. Centre.shape.Skip(1)]);
    }

    private DenseZonotope OneMinus() => new(1 - Centre, -Generators, Remainder);

    private DenseZonotope MoveOut() =>
        new(Centre.MoveToOuterDisposeScope(), Generators.MoveToOuterDisposeScope(), Remainder?.MoveToOuterDisposeScope());
}
