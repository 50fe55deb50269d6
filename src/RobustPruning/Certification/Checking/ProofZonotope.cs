using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// The certificate checker's enclosure of one node's values over one leaf, in 64-bit numbers:
/// <c>{ c + Σ_m ε_m E_m + r ⊙ s : ε, s ∈ [−1, 1] }</c>. Every symbol, semantic or not, is a dense row; r holds rounding errors alone.
/// Rows come in blocks <c>[m, ...]</c>, numbered in the order of their birth, so that branches of a network know which symbols they
/// share. c and r are <c>[1, ...]</c>.
/// </summary>
internal sealed record ProofZonotope(Tensor Centre, SortedDictionary<int, Tensor> Symbols, Tensor Radius) : IDisposable
{
    /// <summary>Σ |E_m|, rounded upwards; the caller owns it.</summary>
    public Tensor Spread()
    {
        var sum = zeros_like(Centre);
        foreach (var block in Symbols.Values)
        {
            using var scope = NewDisposeScope();
            sum.add_(block.abs().sum([0], keepdim: true));
        }

        return sum.mul_(1 + ProofRounding.Own(Symbols.Values.Sum(block => block.shape[0]) + Symbols.Count + 1));
    }

    /// <summary>Limits of each value, rounded outwards, each <c>[1, ...]</c>; the caller owns them.</summary>
    public (Tensor Lower, Tensor Upper) Limits()
    {
        using var scope = NewDisposeScope();
        var reach = Spread() + Radius;
        reach = reach + ((Centre.abs() + reach) * ProofRounding.Own(4));
        return ((Centre - reach).MoveToOuterDisposeScope(), (Centre + reach).MoveToOuterDisposeScope());
    }

    /// <summary>The image under an affine map: exact on c and E, but for rounding errors, which join r before it goes through |W|.</summary>
    /// <param name="node">The map.</param>
    /// <param name="rounding">What rounding is covered.</param>
    /// <param name="consume">Whether this zonotope is needed no more: its blocks are then freed one by one.</param>
    public ProofZonotope Affine(AffineNode node, ProofRounding rounding, bool consume)
    {
        using var scope = NewDisposeScope();
        var radius = node.Absolute(Radius);
        if (ProofRounding.Terms(node) is > 0 and var terms)
        {
            var magnitude = node.Absolute(Centre.abs() + Spread() + Radius);
            if (ProofRounding.Added(node) is { } added)
                magnitude = magnitude + added;
            radius = ((radius + (magnitude * rounding.Gamma(terms))) * (1 + ProofRounding.Own(terms + 8))) + (terms * rounding.Underflow);
        }

        return new ProofZonotope(node.Affine(Centre), Map(node.Linear, consume), radius).MoveOut();
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
            (Centre * relaxation.Slope) + relaxation.Offset, symbols, (Radius * relaxation.RadiusSlope) + relaxation.Error).MoveOut();
        foreach (var block in newSymbols.Values)
            block.Dispose();
        return result;
    }

    public void Dispose()
    {
        Centre.Dispose();
        Radius.Dispose();
        foreach (var block in Symbols.Values)
            block.Dispose();
    }

    /// <summary>Moves all tensors out of the current dispose scope.</summary>
    public ProofZonotope MoveOut()
    {
        foreach (var block in Symbols.Values)
            block.MoveToOuterDisposeScope();
        return new(Centre.MoveToOuterDisposeScope(), Symbols, Radius.MoveToOuterDisposeScope());
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
