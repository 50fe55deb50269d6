using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>Keypoints of a scene that moves, against detectors of which the answer is known.</summary>
public sealed class MovingKeypointTests
{
    private const int Size = 9;

    [Test]
    public void PositionsMoveAsTheWarpSays()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 200; number++)
        {
            using var scope = NewDisposeScope();
            var set = SemanticSet.Of(
                AffineWarp.Of(
                    WarpEdges.Zero, (WarpParameter.Rotation, -90, 200), (WarpParameter.TranslationY, -3, 3), (WarpParameter.Scale, -0.5, 1),
                    (WarpParameter.Shear, -1, 1)));
            var motion = KeypointMotion.Of(set, 20, 30)!;
            double x = 30 * random.NextDouble(), y = 20 * random.NextDouble();
            var theta = set.Box.Sample(2, random);
            var box = new ParameterBox([.. theta[0].Zip(theta[1], Math.Min)], [.. theta[0].Zip(theta[1], Math.Max)]);
            var enclosed = motion.Enclose(box, x, y);
            foreach (var inside in box.Sample(50, random).Concat(box.Corners()))
            {
                double angle = inside[0] * Math.PI / 180, dx = x - 14.5 + (inside[3] * (y - 9.5)), dy = y - 9.5, grown = 1 + inside[2];
                var expectedX = 14.5 + (grown * ((Math.Cos(angle) * dx) - (Math.Sin(angle) * dy))) - x;
                var expectedY = 9.5 + inside[1] + (grown * ((Math.Sin(angle) * dx) + (Math.Cos(angle) * dy))) - y;
                var at = motion.At(inside, x, y);
                Assert.That(
                    (at.X, at.Y),
                    Is.EqualTo((expectedX, expectedY))
                        .Using<(double X, double Y)>((a, b) => Math.Abs(a.X - b.X) + Math.Abs(a.Y - b.Y) < 1e-12));
                Assert.That(expectedX, Is.InRange(enclosed.X.Lower - 1e-12, enclosed.X.Upper + 1e-12));
                Assert.That(expectedY, Is.InRange(enclosed.Y.Lower - 1e-12, enclosed.Y.Upper + 1e-12));
                var batch = motion.Of(tensor(inside).reshape(1, 4), [x, y]).Numbers();
                Assert.That(batch, Is.EqualTo(new[] { expectedX, expectedY }).Within(1e-12));
            }
        }
    }

    /// <summary>A detector that gives the centroid of a spot of light follows the scene; one that gives a constant does not.</summary>
    [TestCase(true, Verdict.Certified, Verdict.Falsified)]
    [TestCase(false, Verdict.Falsified, Verdict.Certified)]
    public void ADetectorThatFollowsTheSceneIsCertifiedAgainstMovingReferences(bool follows, Verdict moving, Verdict still)
    {
        using var scope = NewDisposeScope();
        using var network = Detector(follows);
        var graph = Graph.Of(network, 1, Size, Size);
        var set = SemanticSet.Of(AffineWarp.Of(WarpEdges.Zero, (WarpParameter.TranslationX, -1, 1.25)));
        using var certifier = new Certifier(graph, set, 0.5);
        var certificate = certifier.Certify(Spot());
        Assert.That(certificate.Property, Is.InstanceOf<KeypointProperty>().With.Property("Moves").True);
        Assert.That(certificate.Claims[0].Verdict, Is.EqualTo(moving), $"{certificate}");
        using var other = new Certifier(graph, set, new KeypointProperty(0.5));
        Assert.That(other.Certify(Spot()).Claims[0].Verdict, Is.EqualTo(still));
    }

    [Test]
    public void BoundsHoldTheSampledDistancesAndTheFileIsProvedAgain()
    {
        using var scope = NewDisposeScope();
        using var network = Detector(follows: true);
        var graph = Graph.Of(network, 1, Size, Size);
        var random = new Random(TestEnvironment.FreshSeed());
        var set = SemanticSet
            .Of(AffineWarp.Of(WarpEdges.Border, (WarpParameter.Rotation, -1, 1), (WarpParameter.TranslationY, -0.2, 0.2)))
            .Then(new Brightness(0, 0.0001));
        var property = new KeypointProperty(0.6, KeypointNorm.Euclidean).MovingWith(set, Size, Size);
        using var certifier = new Certifier(graph, set, property, new CertifierOptions { MaxBoxes = 200 });
        var certificate = certifier.Certify(Spot());
        foreach (var theta in set.Box.Sample(200, random))
        {
            var output = graph.Forward(set.Apply(Spot(), theta)).Numbers();
            var values = property.Values(output, theta, certificate.Reference);
            var leaf = certificate.Leaves.First(leaf => leaf.Box.Contains(theta));
            for (var value = 0; value < 2; value++)
                Assert.That(values[value], Is.InRange(leaf.Lower[value] - 1e-5, leaf.Upper[value] + 1e-5));
        }

        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.json");
        try
        {
            certificate.Save(path);
            var read = Certificate.Load(path);
            Assert.That(read.Property, Is.EqualTo(property));

            // Keypoints said to move in a larger image are another claim.
            var elsewhere = read with { Property = new KeypointProperty(0.6, KeypointNorm.Euclidean).MovingWith(set, Size + 1, Size) };
            Assert.That(elsewhere.Check(graph, Spot()).Problems, Has.Some.Contains("images of 9x10"));
            read.Check(graph, Spot()).RequireValid();
            Assert.That(
                read.Claims[0].Verdict,
                Is.EqualTo(certificate.Claims[0].Verdict).And.EqualTo(Verdict.Certified),
                $"{certificate}, {certificate.Boxes} boxes, {certificate.Keypoints[0]}");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void WhatDoesNotFitTogetherIsRefused()
    {
        using var scope = NewDisposeScope();
        using var network = Detector(follows: true);
        var graph = Graph.Of(network, 1, Size, Size);
        var warp = AffineWarp.Rotation(-1, 1);
        var set = SemanticSet.Of(warp);
        var light = SemanticSet.Of(new Brightness(0, 1));
        Assert.That(() => new KeypointProperty(1).MovingWith(light, 9, 9), Throws.ArgumentException.With.Message.Contains("brightness"));
        Assert.That(
            () => new KeypointProperty(1).MovingWith(SemanticSet.Of(warp, warp), 9, 9),
            Throws.ArgumentException.With.Message.Contains("Several"));
        Assert.That(() => new KeypointProperty(1).MovingWith(set, 0, 9), Throws.InstanceOf<ArgumentOutOfRangeException>());
        using var certifier = new Certifier(graph, light, new KeypointProperty(1).MovingWith(set, 9, 9));
        Assert.That(() => certifier.Certify(Spot()), Throws.ArgumentException.With.Message.Contains("another set"));
        Assert.That(() => new ProbabilityBounding(graph, set, new KeypointProperty(1).MovingWith(set, 9, 9)), Throws.ArgumentException);
    }

    /// <summary>Light about the middle, which sums to 1.</summary>
    private static Tensor Spot()
    {
        var image = zeros(1, Size, Size);
        image[0, 4, 5] = 0.5f;
        image[0, 5, 5] = 0.25f;
        image[0, 4, 4] = 0.25f;
        return image;
    }

    private static nn.Module<Tensor, Tensor> Detector(bool follows)
    {
        var rows = new double[2][];
        rows[0] = [.. Enumerable.Range(0, Size * Size).Select(place => follows ? place % Size : 0.0)];
        rows[1] = [.. Enumerable.Range(0, Size * Size).Select(place => follows ? (double)(place / Size) : 0.0)];
        return nn.Sequential(("flatten", nn.Flatten()), ("fc", PlantedNetwork.Linear(rows, follows ? 0 : 4, follows ? 0 : 4)));
    }
}
