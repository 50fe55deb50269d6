using TorchSharp;
using static TorchSharp.SystemTorch.Tests.TestData;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>What stands between brackets; the tensor holds 100 i + 10 j + k at [i, j, k].</summary>
public class IndexingTests
{
    private DisposeScope scope;
    private Tensor x;

    [SetUp]
    public void Make()
    {
        scope = NewDisposeScope();
        x = (arange(2) * 100).view(2, 1, 1) + (arange(3) * 10).view(1, 3, 1) + arange(4);
    }

    [TearDown]
    public void Close() => scope.Dispose();

    [Test]
    public void Single_indices()
    {
        Assert.That(x[1, 2, 3].ToInt64(), Is.EqualTo(123));
        Assert.That(x[-1, -1, -1].ToInt64(), Is.EqualTo(123));
        Assert.That(Longs(x[0, 1]), Is.EqualTo(new long[] { 10, 11, 12, 13 }));
        Assert.That(x[1].shape, Is.EqualTo(new long[] { 3, 4 }));
        Assert.That(x[^1, 0, 0].ToInt64(), Is.EqualTo(100));
        Assert.That(x[new long[] { 1, 0, 2 }].ToInt64(), Is.EqualTo(102));
        Assert.That(zeros([1, 1, 1, 1, 1, 1])[0, 0, 0, 0, 0, 0].ndim, Is.EqualTo(0));
    }

    [Test]
    public void Slices()
    {
        Assert.That(Longs(x[0, 0, 1..3]), Is.EqualTo(new long[] { 1, 2 }));
        Assert.That(Longs(x[0, 0, ^2..]), Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(Longs(x[0, 0, ..^1]), Is.EqualTo(new long[] { 0, 1, 2 }));
        Assert.That(Longs(x[0, .., 2]), Is.EqualTo(new long[] { 2, 12, 22 }));
        Assert.That(x[.., .., ^0..].shape, Is.EqualTo(x.shape), "minus zero is zero");
        Assert.That(Longs(x[0, 0, TensorIndex.Slice(0, null, 2)]), Is.EqualTo(new long[] { 0, 2 }));
        Assert.That(Longs(x[TensorIndex.Slice(1), 0, 0]), Is.EqualTo(new long[] { 100 }));
        Assert.That(x[TensorIndex.Slice((1, null)), TensorIndex.Colon, TensorIndex.Colon].shape, Is.EqualTo(new long[] { 1, 3, 4 }));
    }

    [Test]
    public void Ellipsis_and_new_dimensions()
    {
        Assert.That(Longs(x[TensorIndex.Ellipsis, 3]), Is.EqualTo(new long[] { 3, 13, 23, 103, 113, 123 }));
        Assert.That(x[0, TensorIndex.Ellipsis].shape, Is.EqualTo(new long[] { 3, 4 }));
        Assert.That(x[TensorIndex.None, TensorIndex.Ellipsis, TensorIndex.None].shape, Is.EqualTo(new long[] { 1, 2, 3, 4, 1 }));
        Assert.That(x[TensorIndex.Null].shape, Is.EqualTo(new long[] { 1, 2, 3, 4 }));
        Assert.That(x[TensorIndex.Ellipsis].shape, Is.EqualTo(x.shape));
        Assert.That(x[TensorIndex.Bool(true)].shape, Is.EqualTo(new long[] { 1, 2, 3, 4 }));
        Assert.That(x[TensorIndex.Bool(false)].shape, Is.EqualTo(new long[] { 0, 2, 3, 4 }));
    }

    [Test]
    public void Tensors_of_indices_and_masks()
    {
        Assert.That(Longs(x[Indices(1, 0), Indices(2, 1), Indices(0, 3)]), Is.EqualTo(new long[] { 120, 13 }));
        Assert.That(Longs(x[0, 1, TensorIndex.Tensor(Indices(3, 3))]), Is.EqualTo(new long[] { 13, 13 }));
        Assert.That(Longs(x[TensorIndex.Ellipsis, TensorIndex.Tensor(Indices(3))]), Is.EqualTo(new long[] { 3, 13, 23, 103, 113, 123 }));
        Assert.That(Longs(x[x > 120]), Is.EqualTo(new long[] { 121, 122, 123 }));
        var pairs = zeros([2, 3], dtype: ScalarType.Bool);
        pairs[1, 2] = true;
        Assert.That(Longs(x[TensorIndex.Tensor(pairs), TensorIndex.Slice(2)]), Is.EqualTo(new long[] { 122, 123 }));
    }

    [Test]
    public void Views_share_memory()
    {
        var row = x[0, 0];
        row.fill_(7);
        Assert.That(Longs(x[0, 0]), Is.EqualTo(new long[] { 7, 7, 7, 7 }));
    }

    [Test]
    public void Writes_numbers_and_tensors()
    {
        x[0, 0, 0] = 5L;
        x[1] = Indices(1, 2, 3, 4);
        x[0, 1, 1..3] = tensor(9L);
        x[0, TensorIndex.Ellipsis, 3] = Indices(-1, -2, -3);
        Assert.That(Longs(x[0]), Is.EqualTo(new long[] { 5, 1, 2, -1, 10, 9, 9, -2, 20, 21, 22, -3 }));
        Assert.That(Longs(x[1]), Is.EqualTo(new long[] { 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4 }));
    }

    [Test]
    public void Writes_through_masks_and_indices()
    {
        x[x > 12] = tensor(0L);
        Assert.That(x.max().ToInt64(), Is.EqualTo(12));
        var y = zeros(4);
        y.index_put_(1, Indices(0, 2));
        y.index_put_(tensor(new[] { 2f, 3f }), [Indices(3, 3)], true);
        y.index_put_(8, TensorIndex.Single(1));
        Assert.That(Doubles(y), Is.EqualTo(new double[] { 1, 8, 1, 5 }));
        y[TensorIndex.Slice(2)] = 4f;
        Assert.That(Doubles(y), Is.EqualTo(new double[] { 1, 8, 4, 4 }));
    }

    [Test]
    public void Indexing_owns_nothing_but_its_result()
    {
        var before = scope.DisposablesCount;
        _ = x[1, 1..3, TensorIndex.None, 2];
        Assert.That(scope.DisposablesCount, Is.EqualTo(before + 1));
    }
}
