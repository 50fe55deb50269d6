using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>Networks with planted weights over images of one row of pixels.</summary>
internal static class PlantedNetwork
{
    /// <summary>A linear layer with the given weights, row by row, and bias.</summary>
    public static Linear Linear(double[][] weight, params double[] bias)
    {
        var module = nn.Linear(weight[0].Length, weight.Length);
        module.weight.Set([.. weight.SelectMany(row => row)]);
        module.bias!.Set(bias);
        return module;
    }

    /// <summary>An image [1, 1, W].</summary>
    public static Tensor Image(params float[] pixels) => tensor(pixels, [1, 1, pixels.Length]);
}
