using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Light that each pixel takes a share of: <c>x + Σ_k θ_k m_k ⊙ x</c> with a field m_k for each parameter that does not depend on the
/// image. Exact. Derive from it to add a field of your own.
/// </summary>
public abstract class GainField : AffineTransform
{
    /// <summary>Names the parameters.</summary>
    /// <param name="parameters">The parameters with their ranges, in order; at least one.</param>
    /// <exception cref="ArgumentException">There is no parameter.</exception>
    protected GainField(params IReadOnlyList<ParameterRange> parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc/>
    public override LinearPart LinearPart => LinearPart.OfFields(Parameters.Count, Fields);

    /// <summary>The fields m.</summary>
    /// <param name="image">An image <c>[C, H, W]</c>, for its shape, type and device; of its values nothing depends.</param>
    /// <returns><c>[d, C, H, W]</c>, or what broadcasts to it, one field for each of the parameters; the caller owns it.</returns>
    public abstract Tensor Fields(Tensor image);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>.</exception>
    public override Tensor Directions(Tensor image)
    {
        RequireMap(image);
        using var scope = NewDisposeScope();
        return (Fields(image) * image.unsqueeze(0)).MoveToOuterDisposeScope();
    }
}
