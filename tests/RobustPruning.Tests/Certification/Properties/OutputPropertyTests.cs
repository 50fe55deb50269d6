using RobustPruning.Certification;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>What properties claim, against plain arithmetic.</summary>
public sealed class OutputPropertyTests
{
    private static readonly double[] Reference = [1, 2, double.NaN, 0];

    [Test]
    public void KeypointDistancesAreThose()
    {
        double[] output = [4, -2, 7, 7];
        var axes = new KeypointProperty(2);
        var straight = new KeypointProperty(2, KeypointNorm.Euclidean);
        Assert.That((axes.Distance(output, Reference, 0), straight.Distance(output, Reference, 0)), Is.EqualTo((4.0, 5.0)));
        Assert.That((axes.Violation(output, Reference, 0), straight.Violation(output, Reference, 0)), Is.EqualTo((2.0, 3.0)));
        Assert.That(axes.Distance(output, Reference, 1), Is.NaN);
        Assert.That((axes.IsStated(Reference, 0), axes.IsStated(Reference, 1)), Is.EqualTo((true, false)));
        Assert.That(
            (axes.Norm, axes.Name(3), axes.Claims(4), axes.ToString()),
            Is.EqualTo((KeypointNorm.LInfinity, "keypoint 3", 2, "keypoints within 2 px (LInfinity)")));
    }

    [Test]
    public void SmallDistancesDoNotVanish()
    {
        var property = new KeypointProperty(1e-200, KeypointNorm.Euclidean);
        Assert.That(property.Violation([3e-200, 4e-200], [0, 0], 0), Is.EqualTo(4e-200).Within(1e-214));
        Assert.That(property.WorstViolation([-1e-199, 0], [0, 0], [0, 0], 0), Is.Positive);
    }

    [Test]
    public void TheWorstViolationIsThatOfTheBoxesWorstCorner()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        foreach (var norm in Enum.GetValues<KeypointNorm>())
        {
            for (var number = 0; number < 200; number++)
            {
                var property = new KeypointProperty(random.NextDouble() + 0.1, norm);
                double[] lower = Numbers(2), upper = [.. lower.Select(low => low + random.NextDouble())], reference = Numbers(2);
                var corners = new[] { lower, upper, [lower[0], upper[1]], [upper[0], lower[1]] };
                var worst = corners.Max(corner => property.Violation(corner, reference, 0));
                var bound = property.WorstViolation(lower, upper, reference, 0);
                Assert.That(bound, Is.GreaterThanOrEqualTo(worst).And.EqualTo(worst).Within(1e-13));
            }
        }

        double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (4 * random.NextDouble()) - 2)];
    }

    [Test]
    public void BoundsThatAreNoNumbersProveNothing()
    {
        OutputProperty[] properties =
        [
            new KeypointProperty(1),
            new KeypointProperty(1, KeypointNorm.Euclidean),
            new LinearProperty(
                [
                    [1, 1],
                ],
                [5]),
        ];
        foreach (var property in properties)
        {
            Assert.That(property.WorstViolation([double.NaN, 0], [0, 0], [0, 0], 0) <= 0, Is.False, property.ToString());
            Assert.That(property.WorstViolation([0, 0], [double.NaN, 0], [0, 0], 0) <= 0, Is.False, property.ToString());
        }
    }

    [Test]
    public void TensorsGiveTheSameViolationsAndFiniteGradients()
    {
        using var scope = NewDisposeScope();
        OutputProperty[] properties =
        [
            new KeypointProperty(0.5),
            new KeypointProperty(0.5, KeypointNorm.Euclidean),
            new LinearProperty(
                [
                    [1, 0, 2, 0],
                    [0, -1, 0, 1],
                ],
                [0.3, -2]),
        ];
        foreach (var property in properties)
        {
            var values = property is LinearProperty ? rand(5, 2).requires_grad_() : rand(5, 4).requires_grad_();
            var violations = property.Violations(values, Reference);
            var rows = values.detach().Numbers().Chunk((int)values.shape[1]).ToArray();
            var found = violations.detach().Numbers();
            for (var row = 0; row < 5; row++)
                Assert.That(found[2 * row], Is.EqualTo(property.Violation(rows[row], Reference, 0)).Within(1e-6), property.ToString());

            // A missing label must not spoil the gradient of other claims.
            violations.narrow(1, 0, 1).sum().backward();
            Assert.That(values.grad!.Numbers(), Has.All.Matches<double>(double.IsFinite), property.ToString());
            Assert.That(values.grad!.Numbers().Any(slope => slope != 0), property.ToString());
        }
    }

    [Test]
    public void MarginsAreDifferencesOfOutputs()
    {
        var margins = LinearProperty.Margins(3, 1, 0.5);
        double[] output = [1, 3, 2.75];
        var values = margins.Values(output);
        Assert.That(values, Is.EqualTo(new[] { -2, -0.25 }));
        Assert.That(margins.Limits, Is.EqualTo(new[] { -0.5, -0.5 }));
        Assert.That((margins.Violation(values, [], 0), margins.Violation(values, [], 1)), Is.EqualTo((-1.5, 0.25)));
        Assert.That((margins.Name(1), new LinearProperty([[1]], [0]).Name(0)), Is.EqualTo(("class 1 over 2", "constraint 0")));
    }

    [Test]
    public void TheWeightsAreWhatTheBoundedLayerHas() =>
        Assert.That(new LinearProperty([[0.1]], [0.1]).Weights[0][0], Is.EqualTo((double)0.1f));

    [Test]
    public void AConstraintLayerGivesTheSameValues()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("constraints", nn.Linear(4, 3)));
        var graph = Graph.Of(network, 1, 2, 2);
        var property = new LinearProperty([[1, -2, 0.5], [0, 3, 1]], [0, 0]);
        var images = rand(2, 1, 2, 2);
        var outputs = graph.Forward(images).Numbers().Chunk(3).SelectMany(property.Values).ToArray();
        Assert.That(property.Extend(graph).Forward(images).Numbers(), Is.EqualTo(outputs).Within(1e-5));
        Assert.That(graph.Output.Name, Is.EqualTo("constraints"));
    }

    [Test]
    public void WrongPropertiesAreRefused()
    {
        Assert.That(() => new KeypointProperty(1, (KeypointNorm)7), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new LinearProperty([], []), Throws.ArgumentException);
        Assert.That(() => new LinearProperty([[]], [0]), Throws.ArgumentException);
        Assert.That(() => new LinearProperty([[1, 2], [1]], [0, 0]), Throws.ArgumentException.With.Message.Contains("1 weights"));
        Assert.That(() => new LinearProperty([[1]], [0, 0]), Throws.ArgumentException.With.Message.Contains("2 limits"));
        Assert.That(() => new LinearProperty([[1]], [0], ["a", "b"]), Throws.ArgumentException.With.Message.Contains("2 names"));
        Assert.That(() => new LinearProperty([[double.NaN]], [0]), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => new LinearProperty([[1e300]], [0]), Throws.ArgumentException);
        Assert.That(() => new LinearProperty([[1]], [double.PositiveInfinity]), Throws.ArgumentException);
        Assert.That(() => LinearProperty.Margins(1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => LinearProperty.Margins(3, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => LinearProperty.Margins(3, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
