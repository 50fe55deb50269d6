using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>What brings several zonotopes of the checker together: they share the symbols of the same birth.</summary>
internal static class ProofBranches
{
    /// <summary><c>p·x + q·y</c>, value by value.</summary>
    /// <param name="x">The first values.</param>
    /// <param name="p">Their factors, <c>[1, ...]</c>.</param>
    /// <param name="y">The second values.</param>
    /// <param name="q">Their factors.</param>
    /// <param name="gamma">The relative rounding of one such sum.</param>
    public static ProofZonotope Sum(ProofZonotope x, Tensor p, ProofZonotope y, Tensor q, double gamma)
    {
        using var scope = NewDisposeScope();
        var symbols = new SortedDictionary<int, Tensor>();
        foreach (var birth in x.Symbols.Keys.Union(y.Symbols.Keys))
            symbols.Add(birth, Terms(birth).Aggregate((first, second) => first.PlusInPlace(second)));
        var magnitude = (p.abs() * x.Centre.abs().Plus(x.Spread())).Plus(q.abs() * y.Centre.abs().Plus(y.Spread()));
        var error =
            (p.abs().max().item<double>() * x.Error)
            + (q.abs().max().item<double>() * y.Error)
            + (gamma * (ProofRounding.Norm(magnitude) + x.Error + y.Error));
        return new ProofZonotope((p * x.Centre).Plus(q * y.Centre), symbols, error * (1 + ProofRounding.Gamma(16))).MoveOut();

        IEnumerable<Tensor> Terms(int birth)
        {
            if (x.Symbols.TryGetValue(birth, out var first))
                yield return first * p;
            if (y.Symbols.TryGetValue(birth, out var second))
                yield return second * q;
        }
    }

    /// <summary>The sum of values of one shape.</summary>
    public static ProofZonotope Add(IReadOnlyList<ProofZonotope> terms, double gamma)
    {
        using var scope = NewDisposeScope();
        var one = ones_like(terms[0].Centre);
        return terms.Aggregate((sum, term) => Sum(sum, one, term, one, gamma)).MoveOut();
    }

    /// <summary>
    /// The product of two values: xy = q·x + p·y − pq + (x − p)(y − q) for any p and q, here the middles of the limits, from which x and y
    /// are no further away than their half widths.
    /// </summary>
    public static ProofZonotope Multiply(ProofZonotope x, ProofZonotope y, ProofSymbols symbols)
    {
        using var scope = NewDisposeScope();
        var ((xLower, xUpper), (yLower, yUpper)) = (x.Limits(), y.Limits());
        Tensor p = xLower.Plus(xUpper) / Scalars.Of(2), q = yLower.Plus(yUpper) / Scalars.Of(2), one = ones_like(p);
        var size = (xUpper - p).maximum(p - xLower) * (yUpper - q).maximum(q - yLower) * Scalars.Of(1 + ProofRounding.Gamma(8));
        var most = xLower.abs().maximum(xUpper.abs()) * yLower.abs().maximum(yUpper.abs());
        var relaxation = new ProofRelaxation(
            one, -(p * q), size, one,
            (most * Scalars.Of(ProofRounding.Gamma(16))).Plus(Scalars.Of(ProofRounding.Underflow)));
        return Sum(x, q, y, p, ProofRounding.Gamma(8)).Relax(relaxation, symbols.Rows(size), consume: true).MoveOut();
    }

    /// <summary>Values one after the other along the channels.</summary>
    public static ProofZonotope Concatenate(IReadOnlyList<ProofZonotope> parts)
    {
        using var scope = NewDisposeScope();
        var symbols = new SortedDictionary<int, Tensor>();
        foreach (var birth in parts.SelectMany(part => part.Symbols.Keys).Distinct())
        {
            var rows = parts.Where(part => part.Symbols.ContainsKey(birth)).Select(part => part.Symbols[birth].shape[0]).First();
            symbols.Add(birth, cat([.. parts.Select(part => part.Symbols.GetValueOrDefault(birth)
                ?? zeros([rows, .. part.Centre.shape.Skip(1)], dtype: part.Centre.dtype))], 1));
        }

        return new ProofZonotope(
            cat([.. parts.Select(part => part.Centre)], 1), symbols,
            Math.Sqrt(parts.Sum(part => part.Error * part.Error)) * (1 + ProofRounding.Gamma(parts.Count + 16))).MoveOut();
    }

    /// <summary>
    /// Max pooling as a running maximum over the entries of a window: max(a, b) = a + max(b − a, 0), and where the second term lies in λ(b
    /// − a) + μ ± μ, that is (1 − λ)a + λb + μ ± μ. Padding never wins. A mixture errs no more than the entry that errs most; in the end
    /// each entry's error counts for every window that holds it.
    /// </summary>
    public static ProofZonotope MaxPool(MaxPoolNode node, ProofZonotope input, ProofNorms norms, ProofSymbols symbols)
    {
        using var scope = NewDisposeScope();
        var map = ones([1, 1, .. node.Input.Shape.Skip(1)], dtype: float64);
        var greatest = input.Affine(node.Entries[0], norms, consume: false);
        var present = node.Entries[0].Linear(map).gt(Scalars.Of(0));
        foreach (var entry in node.Entries.Skip(1))
        {
            using var candidate = input.Affine(entry, norms, consume: false);
            var alsoPresent = entry.Linear(map).gt(Scalars.Of(0));
            var next = Greater(greatest, candidate, present.logical_and(alsoPresent), alsoPresent, symbols);
            greatest.Dispose();
            (greatest, present) = (next, present.logical_or(alsoPresent));
        }

        var narrowed = Narrowed(greatest, input, node, symbols);
        return (narrowed with { Error = narrowed.Error * norms.Of(node) * (1 + ProofRounding.Gamma(16)) }).MoveOut();
    }

    /// <summary>
    /// A mixture with the box [max l, max u], as in the domain that certifies: of the box alone where it is at most half as wide, of none
    /// of it where it is at least three quarters as wide.
    /// </summary>
    private static ProofZonotope Narrowed(ProofZonotope greatest, ProofZonotope input, MaxPoolNode node, ProofSymbols symbols)
    {
        var (lower, upper) = greatest.Limits();
        var (inputLower, inputUpper) = input.Limits();
        Tensor least = node.Pool(inputLower), most = node.Pool(inputUpper);
        var share = (((most - least) * Scalars.Of(4) / (upper - lower).clamp_min(Scalars.Of(1e-30))) - Scalars.Of(2)).clamp(
            Scalars.Of(0),
            Scalars.Of(1));
        if (!share.lt(Scalars.Of(1)).any().item<bool>())
            return greatest;
        var mixture = ProofRelaxation.OfMixture(share, least, most, lower, upper);
        return greatest.Relax(mixture, symbols.Rows(mixture.Size), consume: true);
    }

    private static ProofZonotope Greater(ProofZonotope first, ProofZonotope second, Tensor both, Tensor secondPresent, ProofSymbols symbols)
    {
        using var scope = NewDisposeScope();
        Tensor one = ones_like(first.Centre), nothing = zeros_like(first.Centre);
        using var difference = Sum(second, one, first, -one, ProofRounding.Gamma(4));
        var (lower, upper) = difference.Limits();
        var relu = ProofRelaxation.OfRelu(lower, upper);
        var share = where(both, relu.Slope, secondPresent.to(float64).expand_as(one));
        var shift = new ProofRelaxation(
            one, where(both, relu.Offset, nothing), where(both, relu.Size, nothing), one, where(both, relu.Error, nothing));
        var mixed = Sum(first with { Error = 0 }, Scalars.Of(1) - share, second with { Error = 0 }, share, ProofRounding.Gamma(8));
        mixed = mixed with { Error = (mixed.Error + Math.Max(first.Error, second.Error)) * (1 + ProofRounding.Gamma(16)) };
        return mixed.Relax(shift, symbols.Rows(shift.Size), consume: true).MoveOut();
    }
}
