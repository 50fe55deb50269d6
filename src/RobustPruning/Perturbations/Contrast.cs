using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>Contrast about a pivot p: <c>p + (1 + c)(x − p)</c>.</summary>
public sealed class Contrast : AffineTransform, IDescribedTransform
{
    /// <summary>Creates the transform.</summary>
    /// <param name="lower">The least c; −1 makes the image flat.</param>
    /// <param name="upper">The greatest c.</param>
    /// <param name="pivot">The grey value that stays as it is.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
    public Contrast(double lower, double upper, ContrastPivot pivot = ContrastPivot.Zero)
        : base(new ParameterRange("contrast", lower, upper)) =>
        Pivot = Enum.IsDefined(pivot) ? pivot : throw new ArgumentOutOfRangeException(nameof(pivot), pivot, "Unknown pivot.");

    /// <summary>The grey value that stays as it is.</summary>
    public ContrastPivot Pivot { get; }

    /// <inheritdoc/>
    public override LinearPart LinearPart =>
        Pivot == ContrastPivot.ImageMean
            ? new(
                [1],
                [-1],
                values => values.mean([.. Enumerable.Range(1, (int)values.dim() - 1).Select(axis => (long)axis)], keepdim: true))
            : new(1);

    /// <inheritdoc/>
    public override Tensor Directions(Tensor image)
    {
        using var scope = NewDisposeScope();
        var direction = Pivot switch
        {
            ContrastPivot.Zero => image.clone(),
            ContrastPivot.Half => image - Scalars.Of(0.5),
            _ => image - image.mean(),
        };
        return direction.unsqueeze(0).MoveToOuterDisposeScope();
    }

    internal override long Terms(long values) => Pivot == ContrastPivot.ImageMean ? values : 1;

    TransformDescription IDescribedTransform.Describe() => new ContrastDescription(Pivot);
}
