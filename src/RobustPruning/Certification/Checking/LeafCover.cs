using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>
/// Whether leaves cover a parameter box exactly: all inside, no two overlapping, no gap. Decided by comparing coordinates, without
/// arithmetic. Covers are understood that arise by cutting boxes in two again and again, as branch and bound does.
/// </summary>
internal static class LeafCover
{
    /// <summary>What is wrong with the cover, or null if nothing is.</summary>
    /// <param name="whole">The box to cover.</param>
    /// <param name="leaves">The leaves, in any order.</param>
    /// <param name="mayBeMissing">Whether a box inside the whole need not be covered, because nothing in it is admissible.</param>
    public static string? Problem(ParameterBox whole, IReadOnlyList<ParameterBox> leaves, Func<ParameterBox, bool>? mayBeMissing = null)
    {
        foreach (var leaf in leaves)
        {
            if (leaf.Dimension != whole.Dimension || !whole.Contains(leaf.Lower) || !whole.Contains(leaf.Upper))
                return $"the leaf {leaf} is not inside the box {whole}";
            if (Sides(whole).Any(side => leaf.Lower[side] == leaf.Upper[side]))
                return $"the leaf {leaf} is flat";
        }

        // A stack instead of recursion: a hostile file may nest its boxes as deep as it has leaves.
        var open = new Stack<(ParameterBox Box, List<ParameterBox> Leaves)>([(whole, [.. leaves])]);
        while (open.TryPop(out var part))
        {
            if (part.Leaves is [var only] && Equal(only, part.Box))
                continue;
            if (part.Leaves.Count == 0)
            {
                if (mayBeMissing?.Invoke(part.Box) != true)
                    return $"no leaf covers {part.Box}";
                continue;
            }

            var slabs = Sides(part.Box).Select(side => Slabs(part.Box, part.Leaves, side)).FirstOrDefault(slabs => slabs.Count > 1);
            if (slabs is null)
                return $"leaves overlap in {part.Box}, or do not come from cutting it";
            foreach (var slab in slabs)
                open.Push(slab);
        }

        return null;
    }

    /// <summary>A flat side of the box is the same for all leaves, and cannot be cut.</summary>
    private static IEnumerable<int> Sides(ParameterBox box) =>
        Enumerable.Range(0, box.Dimension).Where(side => box.Lower[side] < box.Upper[side]);

    /// <summary>Cuts a box across one side wherever no leaf is cut; slabs without leaves are gaps.</summary>
    private static List<(ParameterBox Box, List<ParameterBox> Leaves)> Slabs(ParameterBox box, List<ParameterBox> leaves, int side)
    {
        var slabs = new List<(ParameterBox, List<ParameterBox>)>();
        var group = new List<ParameterBox>();
        var (start, reach) = (box.Lower[side], box.Lower[side]);
        foreach (var leaf in leaves.OrderBy(leaf => leaf.Lower[side]))
        {
            if (leaf.Lower[side] >= reach)
            {
                Close(reach);
                Close(leaf.Lower[side]);
            }

            group.Add(leaf);
            reach = Math.Max(reach, leaf.Upper[side]);
        }

        Close(reach);
        Close(box.Upper[side]);
        return slabs;

        void Close(double end)
        {
            if (end > start)
                slabs.Add((With(box, side, start, end), group));
            (start, group) = (end, []);
        }
    }

    private static bool Equal(ParameterBox first, ParameterBox second) =>
        first.Lower.SequenceEqual(second.Lower) && first.Upper.SequenceEqual(second.Upper);

    private static ParameterBox With(ParameterBox box, int side, double low, double high)
    {
        double[] lower = [.. box.Lower], upper = [.. box.Upper];
        (lower[side], upper[side]) = (low, high);
        return new ParameterBox(lower, upper);
    }
}
