using RobustPruning.Bounds;

namespace RobustPruning.Tests.Bounds;

/// <summary>Which rows of two blocks stand for the same symbols.</summary>
public sealed class SymbolSetTests
{
    [Test]
    public void SymbolsOfOneBirthMeetByTheirNumbers()
    {
        var born = new SymbolSet([0, 0, 0, 1, 1, 1]);
        SymbolSet some = born.Select([0, 2, 3, 5]), others = born.Select([1, 2, 5]);
        var (here, there) = some.Common(others);
        Assert.That(here, Is.EqualTo(new[] { 1, 3 }));
        Assert.That(there, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(some.Others(here), Is.EqualTo(new[] { 0, 2 }));
        Assert.That(some.Boxes, Is.EqualTo(new[] { 0, 0, 1, 1 }));
        Assert.That(some.Select([1, 3]).Common(others.Select([1])).Here, Is.EqualTo(new[] { 0 }), "numbers survive two selections");
    }

    [Test]
    public void SymbolsOfTwoBirthsNeverMeet()
    {
        var (here, there) = new SymbolSet([0, 0]).Common(new SymbolSet([0, 0]));
        Assert.That(here, Is.Empty);
        Assert.That(there, Is.Empty);
    }

    [Test]
    public void CommonRowsAreThoseOfASlowIntersection()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 200; number++)
        {
            var born = new SymbolSet(new int[random.Next(1, 12)]);
            int[] first = Draw(), second = Draw();
            var (here, there) = born.Select(first).Common(born.Select(second));
            Assert.That(here.Select(row => first[row]), Is.EqualTo(first.Intersect(second)));
            Assert.That(there.Select(row => second[row]), Is.EqualTo(first.Intersect(second)));

            int[] Draw() => [.. Enumerable.Range(0, born.Count).Where(_ => random.Next(2) == 0)];
        }
    }
}
