using TorchSharp;
using static TorchSharp.SystemTorch.Tests.TestData;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class FactoryTests
{
    private DisposeScope scope;

    [SetUp]
    public void Open() => scope = NewDisposeScope();

    [TearDown]
    public void Close() => scope.Dispose();

    [Test]
    public void Filled_tensors()
    {
        Assert.That(Doubles(zeros(2)), Is.EqualTo(new double[] { 0, 0 }));
        Assert.That(Doubles(ones([2])), Is.EqualTo(new double[] { 1, 1 }));
        Assert.That(Doubles(full(2, 1.5)), Is.EqualTo(new[] { 1.5, 1.5 }));
        Assert.That(full([2, 2], 3, dtype: ScalarType.Float64).dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That((full([2], 3).dtype, full([2], true).dtype, full([2], 3.0).dtype),
            Is.EqualTo((ScalarType.Int64, ScalarType.Int64, ScalarType.Float32)));
        Assert.That(empty(2, 3, 4).shape, Is.EqualTo(new long[] { 2, 3, 4 }));
        Assert.That(zeros(1, 2, 3, 4, dtype: ScalarType.Bool).shape, Is.EqualTo(new long[] { 1, 2, 3, 4 }));
        Assert.That(zeros(Array.Empty<long>()).ndim, Is.EqualTo(0));
        Assert.That(ones(2, requires_grad: true).requires_grad);
    }

    [Test]
    public void Filled_like_others()
    {
        var x = ones([2, 3], dtype: ScalarType.Float64);
        foreach (var y in new[] { zeros_like(x), ones_like(x), full_like(x, 2), empty_like(x), rand_like(x), randn_like(x) })
        {
            Assert.That((y.shape, y.dtype), Is.EqualTo((x.shape, x.dtype)));
        }
        Assert.That(x.zeros_like(ScalarType.Int32).dtype, Is.EqualTo(ScalarType.Int32));
    }

    [Test]
    public void Sequences()
    {
        Assert.That(Longs(arange(3)), Is.EqualTo(new long[] { 0, 1, 2 }));
        Assert.That(arange(3).dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That(Doubles(arange(1.0, 2.0, 0.25, dtype: ScalarType.Float64)), Is.EqualTo(new[] { 1, 1.25, 1.5, 1.75 }));
        Assert.That(Longs(arange(2, 5)), Is.EqualTo(new long[] { 2, 3, 4 }));
        Assert.That(Doubles(linspace(0, 1, 5)), Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75, 1 }));
        Assert.That(Doubles(logspace(0, 2, 3)), Is.EqualTo(new double[] { 1, 10, 100 }).Within(1e-4));
        Assert.That(Doubles(eye(2)), Is.EqualTo(new double[] { 1, 0, 0, 1 }));
        Assert.That(eye(2, 3).shape, Is.EqualTo(new long[] { 2, 3 }));
    }

    [Test]
    public void Default_type()
    {
        try
        {
            set_default_dtype(ScalarType.Float64);
            Assert.That(zeros(1).dtype, Is.EqualTo(ScalarType.Float64));
            Assert.That(get_default_dtype(), Is.EqualTo(ScalarType.Float64));
        }
        finally
        {
            set_default_dtype(ScalarType.Float32);
        }
        Assert.That(randn(1).dtype, Is.EqualTo(ScalarType.Float32));
    }

    [Test]
    public void Threads()
    {
        var before = get_num_threads();
        set_num_threads(2);
        Assert.That(get_num_threads(), Is.EqualTo(2));
        set_num_threads(before);
        Assert.That(get_num_interop_threads(), Is.GreaterThan(0));
        Assert.That(cuda.device_count() > 0, Is.EqualTo(cuda.is_available()));
    }
}
