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
    /// <param name="differentiable">Whether the gradients have gradients in turn.</param>
    /// <exception cref="InvalidOperationException">The value is no scalar, or depends on nothing that asks for a gradient.</exception>
    public static IReadOnlyList<Tensor> Of(Tensor value, IReadOnlyList<Tensor> inputs, bool differentiable = false)
    {
        if (value.numel() != 1 || !value.requires_grad)
            throw new InvalidOperationException(
                $"A value {new Size(value.shape)} that asks for no gradient, or is no scalar, has no gradient.");
        Tensor[] asked = [.. inputs.Where(input => input.requires_grad)];
        if (asked.Length > 0)
            value.backward(retain_graph: differentiable, create_graph: differentiable, inputs: asked);
        return [.. inputs.Select(Take)];
    }

    private static Tensor Take(Tensor input)
    {
        if (!input.requires_grad || input.grad is not { } gradient)
            return zeros_like(input);
        input.grad = null;
        return gradient;
    }
}
