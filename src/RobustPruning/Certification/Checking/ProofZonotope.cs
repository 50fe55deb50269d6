using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// The certificate checker's enclosure of one node's values over one leaf, in 64-bit numbers:
/// <c>{ c + Σ_m ε_m E_m + e : ε ∈ [−1, 1], ‖e‖₂ ≤ ρ }</c>. Every symbol, semantic or not, is a dense row; ρ, <see cref="Error"/>, holds
/// rounding alone. Rows come in blocks <c>[m, ...]</c>, numbered in the order of their birth, so that branches of a network know which
/// symbols they share. c is <c>[1, ...]</c>.
/// </summary>
internal sealed record ProofZonotope(Tensor Centre, SortedDictionary<int, Tensor> Symbols, double Error) : IDisposable
{
    /// <summary>Behind a convolution: the error before it, and what it added itself. A normalisation takes both as one layer.</summary>
    public (double Before, double Own)? Convolution { get; private init; }

    /// <summary>Σ |E_m|, rounded upwards; the caller owns it.</summary>
    public Tensor Spread()
    {
        var sum = zeros_like(Centre);
        foreach (var block in Symbols.Values)
        {
            using var scope = NewDisposeScope();
            sum.PlusInPlace(block.abs().sum([0], keepdim: true));
        }

        return sum.mul_(Scalars.Of(1 + ProofRounding.Gamma(Symbols.Values.Sum(block => block.shape[0]) + Symbols.Count + 1)));
    }

    /// <summary>Limits of each value, rounded outwards, each <c>[1, ...]</c>; the caller owns them.</summary>
    public (Tensor Lower, Tensor Upper) Limits()
    {
        using var scope = NewDisposeScope();
        var reach = Spread().Plus(Scalars.Of(Error));
        reach = reach.Plus(Centre.abs().Plus(reach) * Scalars.Of(ProofRounding.Gamma(4)));
        return ((Centre - reach).MoveToOuterDisposeScope(), Centre.Plus(reach).MoveToOuterDisposeScope());
    }

    /// <summary>Limits of linear combinations of all values, rounded outwards.</summary>
    /// <param name="weights">One combination a row, <c>[R, F]</c>, in 64-bit numbers.</param>
    public (double[] Lower, double[] Upper) LimitsOf(Tensor weights)
    {
        using var scope = NewDisposeScope();
        Tensor turned = weights.t(), centre = Centre.flatten(1).mm(turned), spread = zeros_like(centre);
        foreach (var block in Symbols.Values)
        {
            using var inner = NewDisposeScope();
            spread.PlusInPlace(block.flatten(1).mm(turned).abs().sum([0], keepdim: true));
        }

        // Each product of a row is rounded on the scale of its terms, and sums over symbols on that of theirs.
        var magnitude = Centre.abs().Plus(Spread()).flatten(1).mm(turned.abs());
        var terms = weights.shape[1] + Symbols.Values.Sum(block => block.shape[0]) + 32;
        var reach = spread
            .Plus(magnitude * Scalars.Of(ProofRounding.Gamma(terms)))
            .Plus(weights.Squared().sum([1]).sqrt().unsqueeze(0) * Scalars.Of(Error * (1 + ProofRounding.Gamma(terms))));
        reach = (reach * Scalars.Of(1 + ProofRounding.Gamma(16))).Plus(centre.abs() * Scalars.Of(ProofRounding.Gamma(4)));
        return ((centre - reach).flatten().data<double>().ToArray(), centre.Plus(reach).flatten().data<double>().ToArray());
    }

    /// <summary>The image under an affine map: exact on c and E, but for rounding errors, of which the norm alone is known.</summary>
    /// <param name="node">The map.</param>
    /// <param name="norms">How far it stretches errors.</param>
    /// <param name="consume">Whether this zonotope is needed no more: its blocks are then freed one by one.</param>
    public ProofZonotope Affine(AffineNode node, ProofNorms norms, bool consume)
    {
        using var scope = NewDisposeScope();
        var terms = ProofRounding.Terms(node);
        if (terms == 0)
        {
            // The error of a value that stands in several places counts in each.
            var moved = node is RearrangementNode ? Error * norms.Of(node) * (1 + ProofRounding.Gamma(4)) : Error;
            return new ProofZonotope(node.Affine(Centre), Map(node.Linear, consume), moved).MoveOut();
        }

        var own = norms.Absolute(node) * ProofRounding.Gamma(terms) * (ProofRounding.Norm(Centre.abs().Plus(Spread())) + Error);
        if (ProofRounding.Added(node) is { } added)
            own += ProofRounding.Gamma(terms) * ProofRounding.Norm(added) * Math.Sqrt((double)node.Neurons / added.numel());
        own = (own + (terms * Math.Sqrt(node.Neurons) * ProofRounding.Underflow)) * (1 + ProofRounding.Gamma(16));
        var carried = norms.Of(node) * Error;
        if (Convolution is { } parts && node is BatchNormalizationNode normalization)
            carried = Math.Min(carried, (norms.Folded(normalization) * parts.Before) + (norms.Of(node) * parts.Own));
        return new ProofZonotope(node.Affine(Centre), Map(node.Linear, consume), (carried + own) * (1 + ProofRounding.Gamma(16)))
        {
            Convolution = node is ConvolutionNode ? (Error, own) : null,
        }.MoveOut();
    }

    /// <summary>Encloses a function of each value.</summary>
    /// <param name="relaxation">The enclosure.</param>
    /// <param name="newSymbols">Its sizes as rows of new symbols, in blocks; taken over.</param>
    /// <param name="consume">Whether this zonotope is needed no more: its blocks are then freed one by one.</param>
    public ProofZonotope Relax(ProofRelaxation relaxation, IReadOnlyDictionary<int, Tensor> newSymbols, bool consume)
    {
        using var scope = NewDisposeScope();
        var symbols = Map(block => block * relaxation.Slope, consume);
        foreach (var (birth, block) in newSymbols)
            symbols.Add(birth, block.alias());
        var result = new ProofZonotope(
            (Centre * relaxation.Slope).Plus(relaxation.Offset),
            symbols,
            ((Error * relaxation.RadiusSlope.max().item<double>()) + ProofRounding.Norm(relaxation.Error)) * (1 + ProofRounding.Gamma(16)))
                .MoveOut();
        foreach (var block in newSymbols.Values)
            block.Dispose();
        return result;
    }

    public void Dispose()
    {
        Centre.Dispose();
        foreach (var block in Symbols.Values)
            block.Dispose();
    }

    /// <summary>Moves all tensors out of the current dispose scope.</summary>
    public ProofZonotope MoveOut()
    {
        foreach (var block in Symbols.Values)
            block.MoveToOuterDisposeScope();
        Centre.MoveToOuterDisposeScope();
        return this;
    }

    private SortedDictionary<int, Tensor> Map(Func<Tensor, Tensor> map, bool consume)
    {
        var mapped = new SortedDictionary<int, Tensor>();
        foreach (var (birth, block) in Symbols)
        {
            mapped.Add(birth, map(block));
            if (consume)
                block.Dispose();
        }

        return mapped;
    }
}
