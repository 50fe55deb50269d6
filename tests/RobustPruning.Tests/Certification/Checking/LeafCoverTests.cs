using RobustPruning.Certification;
using RobustPruning.Perturbations;

namespace RobustPruning.Tests.Certification.Checking;

/// <summary>Exact covers are recognised, everything else is refused.</summary>
public sealed class LeafCoverTests
{
    [Test]
    public void CutsOfAnyShapeCover()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 100; number++)
        {
            var whole = RandomBox(random, random.Next(1, 5));
            Assert.That(LeafCover.Problem(whole, Cut(whole, random.Next(0, 40), random)), Is.Null);
        }
    }

    [Test]
    public void AgreesWithCountingTheLeavesOfEveryCell()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var seen = new Dictionary<bool, int>();
        for (var number = 0; number < 400; number++)
        {
            var whole = RandomBox(random, random.Next(1, 4));
            var leaves = Cut(whole, random.Next(1, 12), random);
            Change(leaves, whole, random);
            var covers = Covers(whole, leaves);
            Assert.That(LeafCover.Problem(whole, leaves) is null, Is.EqualTo(covers), string.Join(Environment.NewLine, leaves));
            seen[covers] = seen.GetValueOrDefault(covers) + 1;
        }

        Assert.That(seen.Keys, Has.Count.EqualTo(2));
    }

    [Test]
    public void ThousandsOfLeavesAndLongChains()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var whole = new ParameterBox([-1, -1, 0, 3], [1, 2, 0.5, 4]);
        Assert.That(LeafCover.Problem(whole, Cut(whole, 5000, random)), Is.Null);

        // Always the part at zero is cut: as deep as it is long.
        List<ParameterBox> chain = [new([0, 0], [1, 1])];
        for (var depth = 0; depth < 500; depth++)
            chain = [.. chain.SkipLast(1), .. chain[^1].Halve(depth % 2).Reverse()];
        Assert.That(LeafCover.Problem(new ParameterBox([0, 0], [1, 1]), chain), Is.Null);
    }

    [Test]
    public void ASideWithoutWidthNeedsNoCut()
    {
        var whole = new ParameterBox([0, 0.3], [1, 0.3]);
        Assert.That(LeafCover.Problem(whole, whole.Halve(0)), Is.Null);
        Assert.That(LeafCover.Problem(whole, [whole, whole]), Does.Contain("overlap"));
        var point = new ParameterBox([0.3], [0.3]);
        Assert.That(LeafCover.Problem(point, [point]), Is.Null);
        Assert.That(LeafCover.Problem(point, []), Does.Contain("no leaf"));
    }

    [Test]
    public void GapsAreAllowedWhereNothingIsMeant()
    {
        var whole = new ParameterBox([0, 0], [1, 1]);
        var cells = whole.Grid(2);
        var leaves = cells.Where(cell => cell.Lower.Sum() < 1).ToList();
        Assert.That(LeafCover.Problem(whole, leaves), Does.Contain("no leaf covers"));
        Assert.That(LeafCover.Problem(whole, leaves, gap => gap.Lower.Sum() >= 1), Is.Null);
        Assert.That(LeafCover.Problem(whole, [.. leaves.Skip(1)], gap => gap.Lower.Sum() >= 1), Does.Contain("no leaf covers"));
    }

    [Test]
    public void AMissingUlpIsAGap()
    {
        var whole = new ParameterBox([0], [1]);
        var (low, high) = (new ParameterBox([0], [0.5]), new ParameterBox([Math.BitIncrement(0.5)], [1]));
        Assert.That(LeafCover.Problem(whole, [low, high]), Does.Contain("no leaf covers"));
        Assert.That(LeafCover.Problem(whole, [low, new ParameterBox([Math.BitDecrement(0.5)], [1])]), Does.Contain("overlap"));
        Assert.That(LeafCover.Problem(whole, [low, new ParameterBox([0.5], [Math.BitIncrement(1)])]), Does.Contain("not inside"));
        Assert.That(LeafCover.Problem(whole, [low, new ParameterBox([0.5, 0], [1, 0])]), Does.Contain("not inside"));
    }

    private static ParameterBox RandomBox(Random random, int dimension)
    {
        double[] lower = [.. Enumerable.Range(0, dimension).Select(_ => random.NextDouble() - 0.5)];
        return new(lower, [.. lower.Select(low => low + 0.1 + random.NextDouble())]);
    }

    /// <summary>Cuts random leaves at random places, shuffled.</summary>
    private static List<ParameterBox> Cut(ParameterBox whole, int cuts, Random random)
    {
        List<ParameterBox> leaves = [whole];
        for (var cut = 0; cut < cuts; cut++)
        {
            var (index, side) = (random.Next(leaves.Count), random.Next(whole.Dimension));
            var leaf = leaves[index];
            var place = leaf.Lower[side] + (random.NextDouble() * (leaf.Upper[side] - leaf.Lower[side]));
            if (place <= leaf.Lower[side] || place >= leaf.Upper[side])
                continue;
            leaves[index] = With(leaf, side, leaf.Lower[side], place);
            leaves.Add(With(leaf, side, place, leaf.Upper[side]));
        }

        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(leaves));
        return leaves;
    }

    private static void Change(List<ParameterBox> leaves, ParameterBox whole, Random random)
    {
        var (index, side) = (random.Next(leaves.Count), random.Next(whole.Dimension));
        var leaf = leaves[index];
        var third = (leaf.Upper[side] - leaf.Lower[side]) / 3;
        switch (random.Next(6))
        {
            case 0:
                leaves.RemoveAt(index);
                break;
            case 1:
                leaves.Add(leaf);
                break;
            case 2:
                leaves[index] = With(leaf, side, leaf.Lower[side] + third, leaf.Upper[side]);
                break;
            case 3:
                leaves[index] = With(leaf, side, leaf.Lower[side] + third, Math.Min(leaf.Upper[side] + third, whole.Upper[side]));
                break;
            case 4:
                leaves[index] = With(leaf, side, whole.Lower[side], leaf.Upper[side]);
                break;
        }
    }

    /// <summary>The slow, obvious way: every cell between neighbouring coordinates must lie in exactly one leaf.</summary>
    private static bool Covers(ParameterBox whole, List<ParameterBox> leaves)
    {
        IEnumerable<double[]> centres = [[]];
        for (var k = 0; k < whole.Dimension; k++)
        {
            var side = k;
            var places = leaves.Append(whole).SelectMany(leaf => new[] { leaf.Lower[side], leaf.Upper[side] }).Distinct().Order().ToList();
            centres = centres
                .SelectMany(centre => places.Zip(places.Skip(1), (low, high) => (double[])[.. centre, (low + high) / 2]))
                .ToList();
        }

        return centres.All(centre => leaves.Count(leaf => leaf.Contains(centre)) == 1);
    }

    private static ParameterBox With(ParameterBox box, int side, double low, double high)
    {
        double[] lower = [.. box.Lower], upper = [.. box.Upper];
        (lower[side], upper[side]) = (low, high);
        return new ParameterBox(lower, upper);
    }
}
