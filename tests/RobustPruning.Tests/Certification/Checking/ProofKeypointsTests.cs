using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Checking;

/// <summary>The checker's own reading of how keypoints move with the scene.</summary>
public sealed class ProofKeypointsTests
{
    private const int Size = 9;

    private static readonly string[] Moving =
    [
        "rotation", "translation", "scale", "shear", "warp", "camera-translation", "camera-rotation",
    ];

    /// <summary>
    /// It holds the moves that the search's code, which it shares nothing with, gives at samples, and is no wider than the search's
    /// enclosure.
    /// </summary>
    [TestCaseSource(nameof(Moving))]
    public void ItHoldsTheMovesAndIsAsTightAsTheSearch(string name)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 100; number++)
        {
            using var scope = NewDisposeScope();
            var random = new Random(unchecked(seed + number));
            int[] shape = [1, random.Next(2, 20), random.Next(2, 20)];

            // Light before and behind: the mover's parameters are neither the first nor the last.
            var moved = SemanticSet.Of(EnclosureRun.Transforms[name](random, shape));
            var set = SemanticSet.Of([.. moved.Transforms, new Brightness(-0.1, 0.1)]);
            var motion = KeypointMotion.Of(set, shape[1], shape[2])!;
            var proof = new ProofKeypoints(set, shape[1], shape[2]);
            double[] place = [shape[2] * random.NextDouble(), shape[1] * random.NextDouble(), double.NaN, 1];
            double[][] ends = [.. set.Box.Sample(2, random)];
            var share = Math.Pow(10, -2 * random.NextDouble());
            double[] other = [.. ends[0].Zip(ends[1], (a, b) => a + (share * (b - a)))];
            var box = new ParameterBox([.. ends[0].Zip(other, Math.Min)], [.. ends[0].Zip(other, Math.Max)]);
            var searched = motion.Enclose(box, place[0], place[1]);
            var (x, y) = (proof.Move(box, place, 0), proof.Move(box, place, 1));
            foreach (var theta in box.Corners().Concat(box.Sample(200, random)))
            {
                var at = motion.At(theta, place[0], place[1]);
                Assert.That(at.X, Is.InRange(x.Lower - 1e-10, x.Upper + 1e-10), $"{set}, box {box}, seed {seed + number}");
                Assert.That(at.Y, Is.InRange(y.Lower - 1e-10, y.Upper + 1e-10), $"{set}, box {box}, seed {seed + number}");
            }

            foreach (var (own, given) in new[] { (x, searched.X), (y, searched.Y) })
            {
                // Certificates must be proved again: what a check allows is 2·10⁻⁵ of more than 1.
                var slack = 1e-5 + (1e-3 * given.Width);
                Assert.That(
                    own.Lower,
                    Is.GreaterThan(given.Lower - slack),
                    $"{own}, search {given}: {set}, box {box}, seed {seed + number}");
                Assert.That(own.Upper, Is.LessThan(given.Upper + slack), $"{own}, search {given}: {set}, box {box}, seed {seed + number}");
            }

            Assert.That(
                (proof.Move(box, place, 2), proof.Move(box, place, 3)),
                Is.EqualTo(((RobustPruning.Numerics.OutwardInterval)0, (RobustPruning.Numerics.OutwardInterval)0)));
        }
    }

    /// <summary>
    /// A detector that stays while the scene turns, and leaves that leave the label's move out, halve it or turn it round.
    /// </summary>
    [TestCase(0)]
    [TestCase(0.5)]
    [TestCase(-1)]
    public void ALabelMoveThatIsTamperedWithIsRefused(double kept)
    {
        using var scope = NewDisposeScope();
        foreach (var set in new[]
        {
            SemanticSet.Of(AffineWarp.Rotation(5, 25, WarpEdges.Border)),
            SemanticSet.Of(new CameraMotion(CameraParameter.Yaw, 3, 12, PinholeCamera.Of(Size, Size, 60), SceneDepth.Plane(2))),
        })
        {
            using var network = nn.Sequential(
                ("flatten", nn.Flatten()),
                ("fc", PlantedNetwork.Linear([new double[Size * Size], new double[Size * Size]], 7, 4)));
            var graph = Graph.Of(network, 1, Size, Size);
            var image = rand(1, Size, Size);
            using var certifier = new Certifier(graph, set, 0.2, new CertifierOptions { MaxBoxes = 16 });
            var valid = certifier.Certify(image);
            Assert.That(valid.Claims[0].Verdict, Is.EqualTo(Verdict.Falsified), $"{valid}");
            valid.Check(graph, image).RequireValid();
            var property = (KeypointProperty)valid.Property;
            Leaf[] leaves = [.. valid.Leaves.Select(leaf => Forged(leaf, property.Motion!, valid.Reference))];

            // With the verdict that follows from them: certified if the label is said to stay, as the detector does.
            var claim = ClaimResult.Of(property, valid.Reference, leaves, 0, null);
            Assert.That(claim.Verdict, Is.EqualTo(kept == 0 ? Verdict.Certified : Verdict.Unknown));
            var problems = (valid with { Leaves = leaves, Claims = [claim] }).Check(graph, image).Problems;
            Assert.That(problems, Has.Some.Contains("is stated to be in"), $"{set}");
            Assert.That(problems.Any(problem => problem.Contains("does not prove keypoint 0")), Is.EqualTo(kept == 0));
        }

        Leaf Forged(Leaf leaf, KeypointMotion motion, IReadOnlyList<double> reference)
        {
            var (x, y) = motion.Enclose(leaf.Box, reference[0], reference[1]);
            var change = 1 - kept;
            return new Leaf(
                leaf.Box,
                [leaf.Lower[0] + (change * x.Upper), leaf.Lower[1] + (change * y.Upper)],
                [leaf.Upper[0] + (change * x.Lower), leaf.Upper[1] + (change * y.Lower)]);
        }
    }

    /// <summary>Counterexamples are judged by the checker's own move too.</summary>
    [Test]
    public void ACounterexampleThatTheLabelsMoveDoesNotConfirmIsRefused()
    {
        using var scope = NewDisposeScope();
        var set = SemanticSet.Of(AffineWarp.Rotation(0, 25, WarpEdges.Border));
        using var network = nn.Sequential(
            ("flatten", nn.Flatten()),
            ("fc", PlantedNetwork.Linear([new double[Size * Size], new double[Size * Size]], 7, 4)));
        var graph = Graph.Of(network, 1, Size, Size);
        var image = rand(1, Size, Size);
        using var certifier = new Certifier(graph, set, 0.2, new CertifierOptions { MaxBoxes = 16 });
        var valid = certifier.Certify(image);
        var found = valid.Claims[0].Counterexample!;
        var unmoved = valid with { Claims = [valid.Claims[0] with { Counterexample = found with { Theta = [0.0] } }] };
        Assert.That(unmoved.Check(graph, image).IsValid, Is.False);
    }
}
