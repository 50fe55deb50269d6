using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// <c>scale ⊙ x + shift</c> with constants: a normalisation <c>(x − mean) / std</c>, or a sum, difference, product or quotient with a
/// constant. Scale and shift are buffers, which training leaves as they are.
/// </summary>
public sealed class Rescaling : nn.Module<Tensor, Tensor>
{
    private const string Scale = "scale", Shift = "shift";

    /// <summary>One scale and shift for all values, in 32-bit numbers.</summary>
    /// <param name="scale">The scale, finite as a 32-bit number.</param>
    /// <param name="shift">The shift, finite as a 32-bit number.</param>
    /// <exception cref="ArgumentException">A number is not finite.</exception>
    public Rescaling(double scale, double shift = 0)
        : this(tensor([(float)scale]), tensor([(float)shift]))
    {
    }

    /// <summary>Scale and shift of each value, or of all values that share them.</summary>
    /// <param name="scale">
    /// 32- or 64-bit and finite; one number <c>[1]</c>, or with as many axes as the values, each as long or of length 1: <c>[C, 1, 1]</c>,
    /// <c>[C, H, W]</c>. Copied.
    /// </param>
    /// <param name="shift">As the scale, and of its type; its shape may be another.</param>
    /// <exception cref="ArgumentException">A number is not finite, or the types are not as described.</exception>
    public Rescaling(Tensor scale, Tensor shift)
        : base(nameof(Rescaling))
    {
        Register(Scale, scale);
        Register(Shift, shift);
        if (scale.dtype != shift.dtype)
            throw new ArgumentException($"The shift is {shift.dtype}, but the scale is {scale.dtype}.", nameof(shift));
    }

    /// <summary>The scale.</summary>
    public Tensor scale
    {
        get => get_buffer(Scale)!;
        private set => ConditionallyRegisterBuffer(Scale, value); // Module.to(...) sets it by reflection
    }

    /// <summary>The shift.</summary>
    public Tensor shift
    {
        get => get_buffer(Shift)!;
        private set => ConditionallyRegisterBuffer(Shift, value);
    }

    /// <summary><c>scale ⊙ x + shift</c> of a batch <c>[B, ...]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return (input * scale).Plus(shift).MoveToOuterDisposeScope();
    }

    private void Register(string name, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values.dtype != float32 && values.dtype != float64)
            throw new ArgumentException($"The {name} is {values.dtype}; it is 32- or 64-bit floating point.", name);
        using var scope = NewDisposeScope();
        if (!values.isfinite().all().item<bool>())
            throw new ArgumentException($"The {name} contains NaN or infinity.", name);
        register_buffer(name, values.detach().clone().DetachFromDisposeScope());
    }
}
