using RobustPruning.Perturbations;

namespace RobustPruning.Tests.Perturbations;

public sealed class ParameterBoxTests
{
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(7)]
    public void TheGridCoversTheBoxExactly(int cells)
    {
        var box = new ParameterBox([-0.1, 0.3], [0.2, 0.7]);
        var grid = box.Grid(cells);
        Assert.That(grid, Has.Count.EqualTo(cells * cells));
        for (var side = 0; side < 2; side++)
        {
            var intervals = grid.Select(cell => (cell.Lower[side], cell.Upper[side])).Distinct().Order().ToList();
            Assert.That(intervals, Has.Count.EqualTo(cells));
            Assert.That(intervals[0].Item1, Is.EqualTo(box.Lower[side]));
            Assert.That(intervals[^1].Item2, Is.EqualTo(box.Upper[side]));
            for (var cell = 1; cell < cells; cell++)
                Assert.That(intervals[cell].Item1, Is.EqualTo(intervals[cell - 1].Item2), "neighbours share their face");
        }
    }

    [Test]
    public void EveryCombinationOfCellsIsInTheGrid() =>
        Assert.That(
            new ParameterBox([0, 0, 0], [1, 1, 1]).Grid(2).Select(cell => string.Join(",", cell.Lower)).Distinct().Count(),
            Is.EqualTo(8));

    [Test]
    public void ASideWithoutRoomIsNotCut()
    {
        var next = Math.BitIncrement(Math.BitIncrement(1.0));
        var grid = new ParameterBox([0, 3, 1], [1, 3, next]).Grid(4);
        Assert.That(grid.Select(cell => cell.ToString()).Distinct().Count(), Is.EqualTo(grid.Count).And.EqualTo(4 * 2));
        Assert.That(
            grid,
            Has.All.Matches<ParameterBox>(cell => cell!.Lower[1] == 3 && cell.Upper[1] == 3 && cell.Lower[2] < cell.Upper[2]));
    }

    [Test]
    public void TheCornersAreAllCombinationsOfLimits() =>
        Assert.That(new ParameterBox([1, 3], [2, 4]).Corners(), Is.EquivalentTo(new double[][] { [1, 3], [2, 3], [1, 4], [2, 4] }));

    [TestCase(21)]
    [TestCase(31)]
    [TestCase(32)]
    [TestCase(64)]
    public void CornersOfManySidesAreNotListed(int sides)
    {
        var box = new ParameterBox(new double[sides], [.. Enumerable.Repeat(1.0, sides)]);
        Assert.That(() => box.Corners(), Throws.InvalidOperationException.With.Message.Contains($"{sides} parameters"));
    }

    [Test]
    public void CentreAndHalfWidthsAreThoseOfTheSides()
    {
        var box = new ParameterBox([-1, 2], [3, 2]);
        Assert.That(box.Centre, Is.EqualTo(new double[] { 1, 2 }));
        Assert.That(box.HalfWidths, Is.EqualTo(new double[] { 2, 0 }));
        Assert.That(box.ToString(), Is.EqualTo("[-1, 3] x [2, 2]"));
    }

    [Test]
    public void SamplesLieInTheBoxAndFillIt()
    {
        var box = new ParameterBox([-0.1, 5], [0.2, 6]);
        var samples = box.Sample(1000, new Random(TestEnvironment.FreshSeed()));
        Assert.That(samples, Has.All.Matches<double[]>(theta => box.Contains(theta!)));
        Assert.That(samples.Min(theta => theta[0]), Is.LessThan(-0.09));
        Assert.That(samples.Max(theta => theta[1]), Is.GreaterThan(5.96));
        Assert.That(box.Sample(3, new Random(1)), Is.EqualTo(box.Sample(3, new Random(1))));
    }

    [Test]
    public void ContainsItsFacesAndNothingBeyond()
    {
        var box = new ParameterBox([-1], [1]);
        Assert.That(box.Contains([1]) && box.Contains([-1]), Is.True);
        Assert.That(box.Contains([Math.BitIncrement(1)]) || box.Contains([double.NaN]) || box.Contains([0, 0]), Is.False);
    }

    [Test]
    public void WhatIsNoBoxIsRefused()
    {
        Assert.That(() => new ParameterBox([], []), Throws.ArgumentException);
        Assert.That(() => new ParameterBox([0], [1, 2]), Throws.ArgumentException);
        Assert.That(
            () => new ParameterBox([0, 2], [1, 1]),
            Throws.ArgumentException.With.Message.Contains("Side 1").And.Message.Contains("[2, 1]"));
        Assert.That(() => new ParameterBox([0], [double.NaN]), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => new ParameterBox([double.NegativeInfinity], [0]), Throws.ArgumentException);
        Assert.That(() => new ParameterBox([0], [1]).Grid(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
