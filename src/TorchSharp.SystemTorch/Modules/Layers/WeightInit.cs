namespace TorchSharp.Modules;

using static torch;

/// <summary>PyTorch's default start of linear and convolution layers.</summary>
internal static class WeightInit
{
    public static void Kernel(Parameter weight) => nn.init.kaiming_uniform_(weight, Math.Sqrt(5));

    public static void Bias(Parameter bias, Parameter weight)
    {
        var (fanIn, _) = nn.init.CalculateFanInAndFanOut(weight);
        var bound = fanIn > 0 ? 1 / Math.Sqrt(fanIn) : 0;
        nn.init.uniform_(bias, -bound, bound);
    }
}
