using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

public sealed class ConvexHullTests
{
    [Test]
    public void MixesTheImageWithTheGivenOnes()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 0.2, 0.8 }).reshape(1, 1, 2);
        Tensor noon = tensor(new[] { 1, 1.0 }).reshape(1, 1, 2), night = tensor(new[] { 0, 0.25 }).reshape(1, 1, 2);
        var set = SemanticSet.Of(new ConvexHull(noon, night));
        Assert.That(set.ToString(), Is.EqualTo("image 1 in [0, 1], image 2 in [0, 1], clipped"));
        Assert.That(set.Apply(image, [0.5, 0.25]).Numbers(), Is.EqualTo(new[] { 0.55, 0.7625 }).Within(1e-15));
        Assert.That(set.Apply(image, [0, 1]).Numbers(), Is.EqualTo(new[] { 0, 0.25 }).Within(1e-15));

        // The images were copied.
        noon.zero_();
        Assert.That(set.Apply(image, [1, 0]).Numbers(), Is.EqualTo(new[] { 1, 1.0 }).Within(1e-15));
    }

    [Test]
    public void WeightsWithASumAboveOneAreNotMeant()
    {
        using var scope = NewDisposeScope();
        var set = SemanticSet.Of(new Brightness(-1, 1), new ConvexHull(zeros(1, 2, 2), ones(1, 2, 2))).Then(new Contrast(-1, 1));
        Assert.That(set.IsAdmissible(set.Box), Is.True);
        Assert.That(set.IsAdmissible(new ParameterBox([-1, 0.5, 0.5, -1], [1, 1, 1, 1])), Is.True, "a single point is meant");
        Assert.That(set.IsAdmissible(new ParameterBox([-1, 0.5, 0.51, -1], [1, 1, 1, 1])), Is.False);
        Assert.That(set.Project([-0.5, 0.2, 0.7, 1]), Is.EqualTo(new[] { -0.5, 0.2, 0.7, 1 }));
        Assert.That(set.Project([0.5, 0.5, 0.75, -1]), Is.EqualTo(new[] { 0.5, 0.4, 0.6, -1 }).Within(1e-15));
        Assert.That(set.Project([0, -0.1, 0.5, 0]), Is.EqualTo(new[] { 0, 0, 0.5, 0 }));

        var random = new Random(TestEnvironment.FreshSeed());
        foreach (var theta in set.Box.Sample(1000, random).Select(set.Project))
            Assert.That(set.IsAdmissible(new ParameterBox(theta, theta)) && set.Box.Contains(theta), Is.True);
    }

    [Test]
    public void WhatAreNoImagesOfOneSceneIsRefused()
    {
        using var scope = NewDisposeScope();
        Assert.That(() => new ConvexHull(), Throws.ArgumentException);
        Assert.That(() => new ConvexHull(zeros(1, 2, 2), zeros(1, 2, 3)), Throws.ArgumentException.With.Message.Contains("[1, 2, 3]"));
        Assert.That(() => new ConvexHull(tensor(0.5f)), Throws.ArgumentException.With.Message.Contains("[]"));
        Assert.That(() => new ConvexHull(full([1, 2, 2], 1.5)), Throws.ArgumentException.With.Message.Contains("1.5"));
        Assert.That(() => new ConvexHull(full([1, 2, 2], double.NaN)), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => SemanticSet.Of(new ConvexHull(zeros(1, 2, 2))).Apply(zeros(1, 3, 3), [0.5]),
            Throws.ArgumentException.With.Message.Contains("[1, 3, 3]").And.Message.Contains("[1, 2, 2]"));
    }
}
