using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>Copies weights between modules of the same shape.</summary>
internal static class WeightCopy
{
    /// <summary>Copies every parameter and buffer.</summary>
    public static void All(nn.Module from, nn.Module to)
    {
        var source = from.named_parameters().ToDictionary(named => named.name, named => (Tensor)named.parameter);
        foreach (var (name, parameter) in to.named_parameters())
            Into(source[name], parameter);

        var buffers = from.named_buffers().ToDictionary(named => named.name, named => named.buffer);
        foreach (var (name, buffer) in to.named_buffers())
            Into(buffers[name], buffer);
    }

    /// <summary>Copies one tensor's values in place, without a gradient.</summary>
    public static void Into(Tensor values, Tensor destination)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        destination.copy_(values);
    }
}
