using TorchSharp;
using static TorchSharp.SystemTorch.Tests.TestData;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Order, extremes and counting against plain loops.</summary>
public class SortingTests
{
    private static readonly double[] Values = [3, -1, 4, 1.5, -5, 9, 2, 6];

    private DisposeScope scope;

    [SetUp]
    public void Open() => scope = NewDisposeScope();

    [TearDown]
    public void Close() => scope.Dispose();

    private static IEnumerable<long> Order(bool descending = false)
    {
        var order = Enumerable.Range(0, Values.Length).OrderBy(k => Values[k]).Select(k => (long)k);
        return descending ? order.Reverse() : order;
    }

    [Test]
    public void Sorts()
    {
        var x = tensor(Values);
        var (values, indices) = x.sort();
        Assert.That((x.sort().Values.ndim, sort(x).indices.ndim, x.topk(2).indexes.ndim), Is.EqualTo((1L, 1L, 1L)));
        Assert.That(Doubles(values), Is.EqualTo(Values.Order()));
        Assert.That(Longs(indices), Is.EqualTo(Order()));
        Assert.That(Longs(x.argsort(descending: true)), Is.EqualTo(Order(true)));
        Assert.That(Longs(sort(x, 0, true, true).Item2), Is.EqualTo(Order(true)));
        Assert.That(Longs(zeros(5).sort(stable: true).Item2), Is.EqualTo(new long[] { 0, 1, 2, 3, 4 }));
    }

    [Test]
    public void Finds_extremes()
    {
        var x = tensor(Values);
        Assert.That(x.argmax().ToInt64(), Is.EqualTo(5));
        Assert.That(argmin(x).ToInt64(), Is.EqualTo(4));
        Assert.That(Longs(x.view(2, 4).argmax(1)), Is.EqualTo(new long[] { 2, 1 }));
        Assert.That(x.view(2, 4).argmin(0, true).shape, Is.EqualTo(new long[] { 1, 4 }));
        var (values, indices) = x.view(2, 4).max(1);
        Assert.That(Doubles(values), Is.EqualTo(new double[] { 4, 9 }));
        Assert.That(Longs(indices), Is.EqualTo(new long[] { 2, 1 }));
        Assert.That(Longs(min(x.view(2, 4), 1).Item2), Is.EqualTo(new long[] { 1, 0 }));
        Assert.That(Doubles(x.view(2, 4).amin(0)), Is.EqualTo(new double[] { -5, -1, 2, 1.5 }));
        var result = zeros(2, dtype: ScalarType.Float64);
        x.view(2, 4).amax([1L], false, result);
        Assert.That(Doubles(result), Is.EqualTo(new double[] { 4, 9 }));
    }

    [Test]
    public void Finds_the_k_largest_and_smallest()
    {
        var x = tensor(Values);
        var (values, indices) = x.topk(3);
        Assert.That(Doubles(values), Is.EqualTo(new double[] { 9, 6, 4 }));
        Assert.That(Longs(indices), Is.EqualTo(new long[] { 5, 7, 2 }));
        Assert.That(Doubles(topk(x, 2, 0, false).Item1), Is.EqualTo(new double[] { -5, -1 }));
        Assert.That(x.kthvalue(3, null).Item1.ToDouble(), Is.EqualTo(1.5));
        Assert.That(kthvalue(x, 3, 0).Item2.ToInt64(), Is.EqualTo(3));
    }

    [Test]
    public void Finds_medians_and_quantiles()
    {
        var x = tensor(Values);
        Assert.That(x.median().ToDouble(), Is.EqualTo(2));
        var sorted = Values.Order().ToArray();
        var expected = sorted[1] + (sorted[2] - sorted[1]) * 0.75;
        Assert.That(x.quantile(tensor(0.25)).ToDouble(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(quantile(x, tensor(new[] { 0.0, 1.0 })).shape, Is.EqualTo(new long[] { 2 }));
    }

    [Test]
    public void Finds_and_counts_what_is_not_zero()
    {
        var x = tensor(new[] { 0, 2.0, 0, 1, 5, 0 }).view(2, 3);
        Assert.That(Longs(x.nonzero()), Is.EqualTo(new long[] { 0, 1, 1, 0, 1, 1 }));
        Assert.That(x.count_nonzero().ToInt64(), Is.EqualTo(3));
        Assert.That(Longs(x.count_nonzero([0])), Is.EqualTo(new long[] { 1, 2, 0 }));
        Assert.That(where(x > 1).Select(Longs), Is.EqualTo(new[] { new long[] { 0, 1 }, [1, 1] }));
    }

    [Test]
    public void Finds_places_in_a_sorted_sequence()
    {
        var edges = tensor(new[] { 1.0, 3, 5 });
        var x = tensor(new[] { 0.0, 1, 4, 6 });
        Assert.That(Longs(searchsorted(edges, x)), Is.EqualTo(new long[] { 0, 0, 2, 3 }));
        Assert.That(Longs(searchsorted(edges, x, right: true)), Is.EqualTo(new long[] { 0, 1, 2, 3 }));
        Assert.That(searchsorted(edges, 4.0, false, false, null).ToInt64(), Is.EqualTo(2));
        Assert.That(Longs(bucketize(x, edges)), Is.EqualTo(new long[] { 0, 0, 2, 3 }));
        Assert.That(x.bucketize(edges, true).dtype, Is.EqualTo(ScalarType.Int32));
    }

    [Test]
    public void Sums_keep_to_the_types_asked_for()
    {
        var x = tensor(new[] { 1, 2, 3 });
        Assert.That(x.sum().dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That(x.sum(ScalarType.Float32).dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(x.mean([0], type: ScalarType.Float64).ToDouble(), Is.EqualTo(2));
        Assert.That(x.cumsum(0, ScalarType.Float64).dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(x.prod().ToInt64(), Is.EqualTo(6));
        Assert.That(x.@double().var(0).ToDouble(), Is.EqualTo(1));
        Assert.That(x.@double().var(false).ToDouble(), Is.EqualTo(1), "unbiased all the same");
        Assert.That(x.@double().var(0, unbiased: false).ToDouble(), Is.EqualTo(2.0 / 3).Within(1e-12));
        Assert.That((x > 1).sum().ToInt32(), Is.EqualTo(2));
    }
}
