using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// How far a batch of parameter boxes moves an image: for box i within
/// <c>{ centre_i + Σ_k ξ_k generator_ik + radius_i ⊙ s : ξ, s ∈ [−1, 1] }</c>, where ξ_k is the k-th parameter's place between its
/// limits. It owns its tensors.
/// </summary>
public sealed class EnclosedMove : IDisposable
{
    /// <summary>Takes over the tensors.</summary>
    /// <param name="centre"><c>[B, C, H, W]</c>.</param>
    /// <param name="generators"><c>[B, d, C, H, W]</c>.</param>
    /// <param name="radius">What the generators do not say, <c>[B, C, H, W]</c>, not negative; null if nothing.</param>
    public EnclosedMove(Tensor centre, Tensor generators, Tensor? radius = null)
    {
        Centre = centre;
        Generators = generators;
        Radius = radius;
    }

    /// <summary>The centre of the moves, <c>[B, C, H, W]</c>.</summary>
    public Tensor Centre { get; }

    /// <summary>How far each parameter moves each value from the centre to a face, <c>[B, d, C, H, W]</c>.</summary>
    public Tensor Generators { get; }

    /// <summary>How far each value may lie beside that, <c>[B, C, H, W]</c>; null if nowhere.</summary>
    public Tensor? Radius { get; }

    /// <summary>
    /// What rounding may have moved in centre and generators beside the radius; null where the radius has it, as in an enclosure of the
    /// user's.
    /// </summary>
    internal EnclosureError? Error { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Centre.Dispose();
        Generators.Dispose();
        Radius?.Dispose();
    }

    /// <summary>The same move, its tensors moved out of the current dispose scope.</summary>
    internal EnclosedMove MoveOut()
    {
        Centre.MoveToOuterDisposeScope();
        Generators.MoveToOuterDisposeScope();
        Radius?.MoveToOuterDisposeScope();
        return this;
    }
}
