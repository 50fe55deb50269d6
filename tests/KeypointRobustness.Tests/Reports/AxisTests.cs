using KeypointRobustness.Reports;

namespace KeypointRobustness.Tests.Reports;

[TestFixture]
internal sealed class AxisTests
{
    [TestCase(0.0, 23.0)]
    [TestCase(-3.2, 7.1)]
    [TestCase(5.0, 5.0)]
    [TestCase(-5.0, -5.0)]
    [TestCase(0.0, 0.0)]
    [TestCase(1e-9, 2e-9)]
    [TestCase(1e12, 1.1e12)]
    public void LinearAxisCoversItsValuesWithAFewTicks(double low, double high)
    {
        var axis = Axis.Linear([low, high, double.NaN], withZero: false);

        Assert.That(axis.Map(low), Is.InRange(-1e-6, 1.000001));
        Assert.That(axis.Map(high), Is.InRange(-1e-6, 1.000001));
        Assert.That(axis.Ticks, Has.Count.InRange(2, 9).And.Ordered.And.Unique);
    }

    [TestCase(5.7, 457)]
    [TestCase(0.01, 2_200_000)]
    [TestCase(3, 3)]
    [TestCase(1e-30, 1e30)]
    public void LogarithmicAxisCoversItsValuesWithAFewTicks(double low, double high)
    {
        var axis = Axis.Logarithmic([low, high, 0, -1, double.PositiveInfinity]);

        Assert.That(axis.Map(low), Is.InRange(-1e-6, 1.000001));
        Assert.That(axis.Map(high), Is.InRange(-1e-6, 1.000001));
        Assert.That(axis.Ticks, Has.Count.InRange(2, 20).And.Ordered);
        Assert.That(axis.Map(0), Is.NaN);
    }

    [TestCase(0, "0")]
    [TestCase(0.05, "0.05")]
    [TestCase(1200, "1,200")]
    [TestCase(2_200_000, "2.2e+6")]
    [TestCase(0.0001, "1e-4")]
    public void NumbersAreShort(double value, string text) => Assert.That(Axis.Format(value), Is.EqualTo(text));
}
