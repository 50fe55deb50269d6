namespace RobustPruning.Onnx.VnnLib;

/// <summary>Formulas as a list of alternatives, in each of which all comparisons hold.</summary>
internal static class NormalForm
{
    // A choice within a choice within a choice multiplies: short texts can say more than fits into memory.
    private const int MostAlternatives = 100_000;
    private const long MostComparisons = 10_000_000;

    /// <summary>The alternatives of a formula.</summary>
    /// <exception cref="VnnLibException">There are too many.</exception>
    public static List<List<Comparison>> Of(Formula formula)
    {
        switch (formula)
        {
            case Comparison comparison:
                return [[comparison]];
            case Disjunction choice:
                var alternatives = new List<List<Comparison>>();
                var comparisons = 0L;
                foreach (var part in choice.Parts)
                {
                    var more = Of(part);
                    comparisons += Size(more);
                    Require(alternatives.Count + more.Count, comparisons, choice.Place);
                    alternatives.AddRange(more);
                }

                return alternatives;
            case Conjunction all:
                return Product(all);
            default:
                throw new InvalidOperationException($"There is no normal form of a {formula.GetType().Name}.");
        }
    }

    /// <summary>One alternative of each part, in every combination; what is the same in all of them is put together first.</summary>
    private static List<List<Comparison>> Product(Conjunction all)
    {
        var common = new List<Comparison>();
        var choices = new List<(List<List<Comparison>> Alternatives, Place Place)>();
        foreach (var part in all.Parts)
        {
            var alternatives = Of(part);
            if (alternatives.Count == 1)
                common.AddRange(alternatives[0]);
            else
                choices.Add((alternatives, part.Place));
        }

        List<List<Comparison>> product = [common];
        foreach (var (alternatives, place) in choices)
        {
            Require(
                (long)product.Count * alternatives.Count,
                (Size(product) * alternatives.Count) + (Size(alternatives) * product.Count), place);
            product = [.. product.SelectMany(one => alternatives.Select(other => (List<Comparison>)[.. one, .. other]))];
        }

        return product;
    }

    private static long Size(List<List<Comparison>> alternatives) => alternatives.Sum(alternative => (long)alternative.Count);

    private static void Require(long alternatives, long comparisons, Place place)
    {
        if (alternatives > MostAlternatives || comparisons > MostComparisons)
            throw place.Error($"its choices multiply to {alternatives} cases with {comparisons} comparisons; that is too many.");
    }
}
