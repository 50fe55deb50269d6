using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Small tensors with reproducible contents.</summary>
internal static class TestData
{
    /// <summary>Float64 numbers spread evenly over an interval, in random order: no two are close, and none is near zero.</summary>
    internal static Tensor Spread(double low, double high, params long[] shape)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        var values = Enumerable.Range(0, (int)count).Select(k => low + (high - low) * (k + 0.37) / count).ToArray();
        new Random(17 + (int)count).Shuffle(values);
        return tensor(values, shape);
    }

    internal static Tensor Indices(params long[] values) => tensor(values);

    internal static double[] Doubles(Tensor tensor)
    {
        using var converted = tensor.detach().to_type(ScalarType.Float64);
        using var flat = converted.contiguous();
        return flat.data<double>().ToArray();
    }

    internal static long[] Longs(Tensor tensor)
    {
        using var converted = tensor.to_type(ScalarType.Int64);
        using var flat = converted.contiguous();
        return flat.data<long>().ToArray();
    }

    internal static bool[] Bools(Tensor tensor) => tensor.contiguous().data<bool>().ToArray();
}
