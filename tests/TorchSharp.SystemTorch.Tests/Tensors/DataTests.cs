using TorchSharp;
using static TorchSharp.SystemTorch.Tests.TestData;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Elements in and out of tensors, and what tensors say of themselves.</summary>
public class DataTests
{
    private DisposeScope scope;

    [SetUp]
    public void Open() => scope = NewDisposeScope();

    [TearDown]
    public void Close() => scope.Dispose();

    [Test]
    public void Arrays_keep_their_types()
    {
        Assert.That(tensor(new[] { 1f }).dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(tensor(new[] { 1.0 }).dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(tensor(new[] { 1L }).dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That(tensor(new[] { 1 }).dtype, Is.EqualTo(ScalarType.Int32));
        Assert.That(tensor(new short[] { 1 }).dtype, Is.EqualTo(ScalarType.Int16));
        Assert.That(tensor(new sbyte[] { 1 }).dtype, Is.EqualTo(ScalarType.Int8));
        Assert.That(tensor(new byte[] { 1 }).dtype, Is.EqualTo(ScalarType.Byte));
        Assert.That(tensor(new[] { true }).dtype, Is.EqualTo(ScalarType.Bool));
        Assert.That(tensor(new[] { 1 }, dtype: ScalarType.Float32).dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(tensor(1f).dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(tensor(1.0).dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(tensor(1L).dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That(tensor(1).dtype, Is.EqualTo(ScalarType.Int32));
        Assert.That(tensor(true).dtype, Is.EqualTo(ScalarType.Bool));
    }

    [Test]
    public void Arrays_of_several_dimensions()
    {
        var x = tensor(new[,] { { 1f, 2, 3 }, { 4, 5, 6 } });
        Assert.That(x.shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(x[1, 0].ToSingle(), Is.EqualTo(4));
        Assert.That(tensor(new int[2, 3, 4]).shape, Is.EqualTo(new long[] { 2, 3, 4 }));
        Assert.That(tensor(new bool[2, 1, 1, 2]).shape, Is.EqualTo(new long[] { 2, 1, 1, 2 }));
        Assert.That(tensor(new float[6], [2, 3]).shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(tensor(new List<float> { 1, 2, 3, 4 }, 2, 2).shape, Is.EqualTo(new long[] { 2, 2 }));
        Assert.That(from_array(new double[2, 2]).dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(tensor(Array.Empty<float>()).numel(), Is.EqualTo(0));
    }

    [Test]
    public void Data_is_copied()
    {
        var array = new[] { 1f, 2f };
        var x = tensor(array);
        array[0] = 9;
        Assert.That(x.data<float>().ToArray(), Is.EqualTo(new[] { 1f, 2f }));
    }

    [Test]
    public void Accessors_follow_the_strides()
    {
        var x = arange(6).view(2, 3).t();
        Assert.That(x.is_contiguous(), Is.False);
        var data = x.data<long>();
        Assert.That(data.Count, Is.EqualTo(6));
        Assert.That(data.ToArray(), Is.EqualTo(new long[] { 0, 3, 1, 4, 2, 5 }));
        Assert.That(data, Is.EqualTo(new long[] { 0, 3, 1, 4, 2, 5 }));
        Assert.That((data[2, 1], data[1, 0]), Is.EqualTo((5L, 1L)));
        data[2, 1] = 50;
        Assert.That(x[2, 1].ToInt64(), Is.EqualTo(50));
        var part = new long[3];
        data.CopyTo(part);
        Assert.That(part, Is.EqualTo(new long[] { 0, 3, 1 }));
        data.CopyFrom([6L, 7L, 8L]);
        Assert.That(Longs(x), Is.EqualTo(new long[] { 6, 7, 8, 4, 2, 50 }));
        Assert.That(() => data[1] = 3, Throws.InstanceOf<IndexOutOfRangeException>());
        Assert.That(data[1], Is.EqualTo(7));
        Assert.That(ones(4).expand(3, 4).data<float>().ToArray(), Is.EqualTo(Enumerable.Repeat(1f, 12)));
        Assert.That(arange(10)[TensorIndex.Slice(1, null, 3)].data<long>().ToArray(), Is.EqualTo(new long[] { 1, 4, 7 }));
    }

    [Test]
    public void Accessors_copy_from_any_place_of_a_contiguous_tensor()
    {
        var part = new long[4];
        using var data = arange(6).view(2, 3).data<long>();
        data.CopyTo(part, 1, 4);
        data.CopyFrom([7L, 8L], 0, 1);
        Assert.That(part, Is.EqualTo(new long[] { 0, 4, 5, 0 }));
        Assert.That(data.ToArray(), Is.EqualTo(new long[] { 0, 7, 8, 3, 4, 5 }));
    }

    [Test]
    public void Arrays_of_nothing_need_one_dimension()
    {
        Assert.That(zeros(0).data<float>().ToArray(), Is.Empty);
        Assert.That(() => zeros(2, 0).data<float>().ToArray(), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Accessors_of_contiguous_tensors()
    {
        var x = zeros(2, 2);
        var data = x.data<float>();
        data.CopyFrom([1f, 2, 3, 4]);
        Assert.That(data[1, 0], Is.EqualTo(3));
        Assert.That(data.ToNDArray(), Is.EqualTo(new[,] { { 1f, 2 }, { 3, 4 } }));
        Assert.That(() => data[2, 0], Throws.InstanceOf<IndexOutOfRangeException>());
        Assert.That(x.data<float>() == data);
    }

    [Test]
    public void Accessors_keep_forgotten_tensors_alive()
    {
        using var open = NewDisposeScope();
        var data = arange(1000).DetachFromDisposeScope().data<long>();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(data.ToArray().Sum(), Is.EqualTo(499500));
    }

    [Test]
    public void Accessors_of_disposed_tensors_throw()
    {
        var x = arange(10);
        var data = x.data<long>();
        x.Dispose();
        Assert.Catch(() => data.ToArray());
        Assert.Catch(() => _ = data[0]);
        Assert.Catch(() => data.CopyFrom([1L]));
    }

    [Test]
    public void Bytes()
    {
        var x = zeros(2);
        Assert.That(x.bytes.Length, Is.EqualTo(8));
        x.bytes = BitConverter.GetBytes(1f).Concat(BitConverter.GetBytes(2f)).ToArray();
        Assert.That(Doubles(x), Is.EqualTo(new double[] { 1, 2 }));
    }

    [Test]
    public void Numbers()
    {
        Assert.That(tensor(2.5).item<double>(), Is.EqualTo(2.5));
        Assert.That(tensor(3).ToDouble(), Is.EqualTo(3));
        Assert.That((float)tensor(2.5), Is.EqualTo(2.5f));
        Assert.That((long)tensor(7), Is.EqualTo(7));
        Assert.That((bool)tensor(true));
        Assert.That(tensor(2).ToScalar().ToInt32(), Is.EqualTo(2));
        Tensor implied = 4.5;
        Assert.That((implied.dtype, implied.ToDouble()), Is.EqualTo((ScalarType.Float64, 4.5)));
    }

    [Test]
    public void Types_and_promotion()
    {
        var x = arange(3);
        Assert.That(x.@float().dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(x.@double().dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(x.@bool().dtype, Is.EqualTo(ScalarType.Bool));
        Assert.That(x.@int().dtype, Is.EqualTo(ScalarType.Int32));
        Assert.That(x.@byte().@long().dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That(x.type_as(ones(1)).dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That((x / 2).dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That((x + 1.5).dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That((x + 1).dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That((ones(1) + ones(1, dtype: ScalarType.Float64)).dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That((x.is_integral(), x.is_floating_point(), x.is_complex()), Is.EqualTo((true, false, false)));
    }

    [Test]
    public void Conversion_may_dispose_its_source()
    {
        var x = ones(2);
        var y = x.to(ScalarType.Float64, disposeAfter: true);
        Assert.That((x.IsInvalid, y.IsInvalid), Is.EqualTo((true, false)));
        var z = y.to(ScalarType.Float64, disposeAfter: true);
        Assert.That((y.IsInvalid, z.sum().ToDouble()), Is.EqualTo((true, 2.0)));
    }

    [Test]
    public void Descriptions()
    {
        var x = zeros(2, 3);
        Assert.That(x.ToString(), Is.EqualTo("[2x3], type = Float32, device = cpu"));
        Assert.That((x.dim(), x.ndim, x.numel(), x.NumberOfElements), Is.EqualTo((2L, 2L, 6L, 6L)));
        Assert.That((x.size(0), x.size(-1)), Is.EqualTo((2L, 3L)));
        Assert.That(x.size(), Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(x.t().stride(), Is.EqualTo(new long[] { 1, 3 }));
        Assert.That((x.ElementSize, x.device_type, x.device.type), Is.EqualTo((4L, DeviceType.CPU, DeviceType.CPU)));
        Assert.That(new Device("cuda:1").ToString(), Is.EqualTo("cuda:1"));
        Assert.That(tensor(2.5f).ToString(), Is.EqualTo("[], type = Float32, device = cpu"));
        Assert.That(((Device)"cpu").type, Is.EqualTo(DeviceType.CPU));
    }
}
