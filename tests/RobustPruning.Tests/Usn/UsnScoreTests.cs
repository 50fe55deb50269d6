using RobustPruning.Usn;

namespace RobustPruning.Tests.Usn;

public sealed class UsnScoreTests
{
    [Test]
    public void RawFallsWithTheDeviation()
    {
        Assert.That(UsnScore.Raw([0, 1, 3]), Is.EqualTo(new[] { 1, 0.5, 0.25 }));
        Assert.That(UsnScore.Raw([4], scale: 4), Is.EqualTo(new[] { 0.5 }));
    }

    [Test]
    public void RelativeComparesWithTheNaturalVariance() =>
        Assert.That(UsnScore.Relative([1, 1, 0, 0, 2], [1, 3, 5, 0, 0]), Is.EqualTo(new[] { 0.5, 0.75, 1, 0, 0 }));

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.That(() => UsnScore.Raw([1], 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => UsnScore.Raw([1], double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => UsnScore.Relative([1], [1, 2]), Throws.ArgumentException);
    }
}
