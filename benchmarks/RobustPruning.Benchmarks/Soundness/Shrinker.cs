namespace RobustPruning.Benchmarks.Soundness;

/// <summary>Makes a failing case small: leaves out parts, then lowers single choices, as long as it still fails and gets simpler.</summary>
internal static class Shrinker
{
    /// <summary>The choices of a case that still fails, no simpler neighbour of which does.</summary>
    /// <param name="choices">The choices of a failing case.</param>
    /// <param name="fails">The size of the case that choices make, and its choices, if it fails; else null.</param>
    /// <param name="most">How many cases to try at most.</param>
    public static IReadOnlyList<int> Shrink(IReadOnlyList<int> choices, Func<IReadOnlyList<int>, Failing?> fails, int most = 1000)
    {
        var seen = new HashSet<string>();
        var best = fails(choices) ?? throw new ArgumentException("The case does not fail.", nameof(choices));
        for (var improved = true; improved && seen.Count < most;)
        {
            improved = false;

            // Each candidate is made of the best case so far.
            for (var candidate = 0; Candidate(best, candidate) is { } shorter && seen.Count < most; candidate++)
            {
                if (seen.Add(string.Join(' ', shorter)) && fails(shorter) is { } found && found.CompareTo(best) < 0)
                {
                    (best, improved) = (found, true);
                    candidate--;
                }
            }
        }

        return best.Choices;
    }

    /// <summary>
    /// The candidates in order: without one part each, without one choice each, then each choice lowered; null after the last.
    /// </summary>
    private static int[]? Candidate(Failing best, int number)
    {
        int parts = best.Parts.Count, count = best.Choices.Count;
        if (number < parts)
        {
            var end = number + 1 < parts ? best.Parts[number + 1] : count;
            return Without(best.Parts[number], end - best.Parts[number]);
        }

        number -= parts;
        if (number < count)
            return Without(number, 1);
        number -= count;
        if (number >= 4 * count)
            return null;
        var lowered = best.Choices.ToArray();
        ref var choice = ref lowered[number / 4];
        choice = (number % 4) switch { 0 => 0, 1 => choice / 2, 2 => choice / 16, _ => Math.Max(0, choice - 1) };
        return lowered;

        int[] Without(int first, int length) => [.. best.Choices.Take(first), .. best.Choices.Skip(first + length)];
    }

    /// <summary>A failing case.</summary>
    /// <param name="Choices">What makes it.</param>
    /// <param name="Parts">Where among the choices a part begins.</param>
    /// <param name="Size">How much there is to read in it.</param>
    internal sealed record Failing(IReadOnlyList<int> Choices, IReadOnlyList<int> Parts, long Size) : IComparable<Failing>
    {
        public int CompareTo(Failing? other) => (Size, Sum).CompareTo((other!.Size, other.Sum));

        private long Sum => Choices.Sum(choice => (long)choice);
    }
}
