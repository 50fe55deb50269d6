using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Numbers for tests: the same for a seed whatever the engine's own generator does.</summary>
internal static class Samples
{
    /// <summary>Doubles between -1.5 and 1.5, none of them near zero, where some activations have a kink.</summary>
    public static Tensor Of(int seed, params long[] shape)
    {
        var random = new Random(seed);
        var count = shape.Aggregate(1L, (product, size) => product * size);
        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            var magnitude = 0.01 + (1.49 * random.NextDouble());
            values[i] = random.Next(2) == 0 ? magnitude : -magnitude;
        }

        return tensor(values, shape);
    }

    public static double[] Values(Tensor source)
    {
        using var scope = NewDisposeScope();
        using var data = source.detach().to(ScalarType.Float64).contiguous().data<double>();
        return data.ToArray();
    }

    /// <summary>One layer's parameters, overwritten with samples in double precision.</summary>
    public static T Filled<T>(T module, int seed = 77)
        where T : nn.Module
    {
        module.to(ScalarType.Float64);
        using var quiet = no_grad();
        foreach (var (_, parameter) in module.named_parameters())
        {
            // What copy_ gives back may be the parameter itself: it is not disposed.
            using var values = Of(seed++, parameter.shape);
            parameter.copy_(values);
        }

        return module;
    }

    public static void AreClose(Tensor actual, Tensor expected, double tolerance = 1e-12)
    {
        Assert.That(actual.shape, Is.EqualTo(expected.shape));
        Assert.That(Values(actual), Is.EqualTo(Values(expected)).Within(tolerance));
    }
}
