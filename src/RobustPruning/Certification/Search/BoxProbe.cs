using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>The θ at which a box is looked into, and what they say about where to halve it.</summary>
internal static class BoxProbe
{
    private const int MostSidesWithCorners = 4;

    // A side that moves nothing is halved as well once it is this much longer than the others, or bounds need not become tight.
    private const double MostUneven = 16;

    /// <summary>The corners, or for many sides the two ends of each, and the centre.</summary>
    public static IReadOnlyList<double[]> Thetas(ParameterBox box) => HasCorners(box)
        ? [.. box.Corners(), box.Centre]
        : [.. Enumerable.Range(0, box.Dimension).SelectMany(box.Ends), box.Centre];

    /// <summary>The side along which the values move most; -1 if no side can be halved.</summary>
    /// <param name="box">The box.</param>
    /// <param name="whole">The whole set's box, in whose sides lengths are measured.</param>
    /// <param name="samples">One for each of <see cref="Thetas"/>.</param>
    /// <param name="values">The values that matter.</param>
    public static int SideToHalve(ParameterBox box, ParameterBox whole, IReadOnlyList<Sample> samples, IReadOnlyList<int> values)
    {
        var sides = Halvable(box);
        if (sides.Length == 0)
            return -1;
        var longest = sides.Max(Length);
        return sides.Where(side => Length(side) * MostUneven > longest).MaxBy(side => (Movement(side), Length(side)));

        double Length(int side) => (box.Upper[side] - box.Lower[side]) / (whole.Upper[side] - whole.Lower[side]);

        double Movement(int side) => Pairs(box, side).Sum(pair =>
            values.Sum(value => Finite(Math.Abs(samples[pair.High].Values[value] - samples[pair.Low].Values[value]))));
    }

    /// <summary>Whether a side has a number between its ends.</summary>
    public static bool CanHalve(ParameterBox box) => Halvable(box).Length > 0;

    private static int[] Halvable(ParameterBox box)
    {
        var centre = box.Centre;
        return [.. Enumerable.Range(0, box.Dimension).Where(k => box.Lower[k] < centre[k] && centre[k] < box.Upper[k])];
    }

    private static bool HasCorners(ParameterBox box) => box.Dimension <= MostSidesWithCorners;

    /// <summary>Which of <see cref="Thetas"/> differ in one side alone.</summary>
    private static IEnumerable<(int Low, int High)> Pairs(ParameterBox box, int side) => HasCorners(box)
        ? Enumerable.Range(0, 1 << box.Dimension).Where(corner => (corner >> side & 1) == 0).Select(corner => (corner, corner | 1 << side))
        : [(2 * side, (2 * side) + 1)];

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;
}
