using static TorchSharp.torch;

namespace RobustPruning.Numerics;

/// <summary>
/// Gradients of a scalar. TorchSharp's <c>autograd.grad</c> ends the process where libtorch refuses; <c>backward</c> throws.
/// </summary>
internal static class Gradients
{
    /// <summary>The gradient of a scalar in each of some tensors, zero in those that it does not depend on; the caller owns them.</summary>
    /// <param name="value">One number, with a history.</param>
    /// <param name="inputs">Tensors of that history, or outside it; their own <c>grad</c> is null before and after.</param>
    /// <exception cref="InvalidOperationException">The value is no scalar, or depends on nothing that asks for a gradient.</exception>
    public static IReadOnlyList<Tensor> Of(Tensor value, IReadOnlyList<Tensor> inputs)
    {
        if (value.numel() != 1 || !value.requires_grad)
            throw new InvalidOperationException(
                $"A value {new Size(value.shape)} that asks for no gradient, or is no scalar, has no gradient.");
        Tensor[] asked = [.. inputs.Where(input => input.requires_grad)];
        if (asked.Length > 0)
            value.backward(inputs: asked);
        return [.. inputs.Select(Take)];
    }

    /// <summary>The gradient of a scalar in each of some tensors, with gradients in turn; the caller owns them.</summary>
    /// <param name="value">One number, with a history.</param>
    /// <param name="inputs">Tensors that ask for gradients.</param>
    public static IReadOnlyList<Tensor> Differentiable(Tensor value, IReadOnlyList<Tensor> inputs)
    {
        // Every input takes part, so that libtorch does not refuse; backward would warn of a cycle.
        var whole = inputs.Aggregate(value, (sum, input) => sum.Plus(input.sum() * Scalars.Of(0)));
#pragma warning disable RS0030
        return [.. autograd.grad([whole], [.. inputs], retain_graph: true, create_graph: true)];
#pragma warning restore RS0030
    }

    private static Tensor Take(Tensor input)
    {
        if (!input.requires_grad || input.grad is not { } gradient)
            return zeros_like(input);
        input.grad = null;
        return gradient;
    }
}
