using TorchSharp;
using static TorchSharp.SystemTorch.Tests.TestData;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Comparisons, logic and rounding against plain loops.</summary>
public class ComparisonTests
{
    private static readonly double[] Left = [-2.5, -1, 0, 0.5, 1.5, 3];
    private static readonly double[] Right = [-2.5, 1, 0, -0.5, 2.5, 2];

    private static TestCaseData Case(string name, Func<Tensor, Tensor, Tensor> actual, Func<double, double, bool> expected)
        => new TestCaseData(actual, expected).SetName(name);

    private static IEnumerable<TestCaseData> Comparisons() =>
    [
        Case("eq", (x, y) => x.eq(y), (x, y) => x == y),
        Case("ne", (x, y) => x.ne(y), (x, y) => x != y),
        Case("lt", (x, y) => x.lt(y), (x, y) => x < y),
        Case("le", (x, y) => x.le(y), (x, y) => x <= y),
        Case("gt", (x, y) => x.gt(y), (x, y) => x > y),
        Case("ge", (x, y) => x.ge(y), (x, y) => x >= y),
        Case("equal", (x, y) => x.equal(y), (x, y) => x == y),
        Case("torch.eq", (x, y) => eq(x, y), (x, y) => x == y),
        Case("torch.ne", (x, y) => ne(x, y), (x, y) => x != y),
        Case("torch.lt", (x, y) => lt(x, y), (x, y) => x < y),
        Case("torch.ge", (x, y) => ge(x, y), (x, y) => x >= y),
        Case("==", (x, y) => x == y, (x, y) => x == y),
        Case("!=", (x, y) => x != y, (x, y) => x != y),
        Case("<", (x, y) => x < y, (x, y) => x < y),
        Case("<=", (x, y) => x <= y, (x, y) => x <= y),
        Case(">", (x, y) => x > y, (x, y) => x > y),
        Case(">=", (x, y) => x >= y, (x, y) => x >= y),
        Case("== number", (x, y) => x == 0.5, (x, y) => x == 0.5),
        Case("< number", (x, y) => x < 1, (x, y) => x < 1),
        Case("number < x", (x, y) => 1 < x, (x, y) => 1 < x),
        Case("number >= x", (x, y) => 0.5 >= x, (x, y) => 0.5 >= x),
        Case("gt number", (x, y) => x.gt(0), (x, y) => x > 0),
        Case("logical_and", (x, y) => x.logical_and(y), (x, y) => x != 0 && y != 0),
        Case("logical_or", (x, y) => x.logical_or(y), (x, y) => x != 0 || y != 0),
        Case("logical_xor", (x, y) => x.logical_xor(y), (x, y) => x != 0 ^ y != 0),
        Case("logical_not", (x, y) => x.logical_not(), (x, y) => x == 0),
        Case("bitwise_and", (x, y) => (x > 0).bitwise_and(y > 0), (x, y) => x > 0 && y > 0),
        Case("& | ^ ~", (x, y) => (x > 0) & (y > 0) | ~(x > y) ^ (x < 1), (x, y) => (x > 0) & (y > 0) | !(x > y) ^ (x < 1)),
        Case("isclose", (x, y) => x.isclose(y, 0.4, 0), (x, y) => Math.Abs(x - y) <= 0.4 * Math.Abs(y)),
    ];

    [TestCaseSource(nameof(Comparisons))]
    public void Compares_each_element(Func<Tensor, Tensor, Tensor> actual, Func<double, double, bool> expected)
    {
        using var scope = NewDisposeScope();
        var result = actual(tensor(Left), tensor(Right));
        Assert.That(result.dtype, Is.EqualTo(ScalarType.Bool));
        Assert.That(Bools(result), Is.EqualTo(Left.Zip(Right, expected)));
    }

    [Test]
    public void Not_a_number_and_infinity()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1, double.NaN, double.PositiveInfinity, double.NegativeInfinity });
        Assert.That(Bools(x.isnan()), Is.EqualTo(new[] { false, true, false, false }));
        Assert.That(Bools(x.isinf()), Is.EqualTo(new[] { false, false, true, true }));
        Assert.That(Bools(x.isfinite()), Is.EqualTo(new[] { true, false, false, false }));
        Assert.That(Doubles(x.nan_to_num(0, 5, -5)), Is.EqualTo(new double[] { 1, 0, 5, -5 }));
        Assert.That(Doubles(x.nan_to_num())[2], Is.EqualTo(double.MaxValue));
    }

    [Test]
    public void Whole_tensors()
    {
        using var scope = NewDisposeScope();
        var x = tensor(Left);
        Assert.That(x.Equals(tensor(Left)));
        Assert.That(x.Equals(tensor(Right)), Is.False);
        Assert.That(x.Equals(ones(2, dtype: ScalarType.Float64)), Is.False);
        Assert.That(x.allclose(x + 1e-9));
        Assert.That(allclose(x, x + 1), Is.False);
        Assert.That((x > -3).all().ToBoolean());
        Assert.That((x > 2).any().item<bool>());
        Assert.That(Bools(stack([x > 0, x > 5]).any(1)), Is.EqualTo(new[] { true, false }));
        Assert.That(Bools(stack([x > -3, x > 0]).all(1)), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public void Rounding_and_signs()
    {
        using var scope = NewDisposeScope();
        var x = tensor(Left);
        Assert.That(Doubles(x.floor()), Is.EqualTo(Left.Select(Math.Floor)));
        Assert.That(Doubles(x.ceil()), Is.EqualTo(Left.Select(Math.Ceiling)));
        Assert.That(Doubles(x.round()), Is.EqualTo(Left.Select(v => Math.Round(v))));
        Assert.That(Doubles((x * 1.234).round(1)), Is.EqualTo(Left.Select(v => Math.Round(v * 1.234, 1))).Within(1e-12));
        Assert.That(Doubles(x.sign()), Is.EqualTo(Left.Select(v => (double)Math.Sign(v))));
        Assert.That(Doubles(x.clone().floor_()), Is.EqualTo(Left.Select(Math.Floor)));
        Assert.That(Doubles(x.clone().ceil_()), Is.EqualTo(Left.Select(Math.Ceiling)));
        Assert.That(Doubles(x.clone().round_()), Is.EqualTo(Left.Select(v => Math.Round(v))));
        Assert.That(Doubles(x.clone().sign_()), Is.EqualTo(Left.Select(v => (double)Math.Sign(v))));
    }

    [Test]
    public void Division_with_rounding()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { -7.0, 7 });
        Assert.That(Doubles(x.div(2, RoundingMode.floor)), Is.EqualTo(new double[] { -4, 3 }));
        Assert.That(Doubles(x.div(tensor(2.0), RoundingMode.trunc)), Is.EqualTo(new double[] { -3, 3 }));
        Assert.That(Doubles(div(x, 2)), Is.EqualTo(new[] { -3.5, 3.5 }));
    }
}
