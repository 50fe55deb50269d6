using RobustPruning.Perturbations;
using RobustPruning.Usn;

namespace RobustPruning.Tests.Usn.Sampling;

public sealed class GaussLegendreRuleTests
{
    [Test]
    public void PowersAreIntegratedExactlyUpToTheDegree([Values(1, 2, 3, 5, 16, 40)] int points)
    {
        var nodes = GaussLegendreRule.Nodes(points);
        for (var power = 0; power < 2 * points; power++)
            Assert.That(
                nodes.Sum(node => node.Weight * Math.Pow(node.Place, power)),
                Is.EqualTo(power % 2 == 0 ? 1.0 / (power + 1) : 0).Within(1e-13));
        Assert.That(nodes.Sum(node => node.Weight * Math.Pow(node.Place, 2 * points)), Is.LessThan((1.0 / ((2 * points) + 1)) - 1e-30));
        Assert.That(nodes.Select(node => node.Place), Is.Ordered.And.All.InRange(-1, 1));
    }

    [Test]
    public void AGridHasAPowerOfItsPointsAndWeightsThatSumToOne()
    {
        var samples = new GaussLegendreRule(3).Draw(new ParameterBox([-1, 2, 0], [1, 6, 0]), new Random(0)).ToList();
        Assert.That(samples, Has.Count.EqualTo(27));
        Assert.That(samples.Sum(sample => sample.Weight), Is.EqualTo(1).Within(1e-14));
        Assert.That(
            samples.Sum(sample => sample.Weight * sample.Theta[0] * sample.Theta[0] * sample.Theta[1]),
            Is.EqualTo(4.0 / 3).Within(1e-13));
        Assert.That(samples.Select(sample => sample.Theta[2]), Is.All.Zero);
    }
}
