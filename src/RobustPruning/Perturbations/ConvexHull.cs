using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Mixtures of the image with given images of the same scene, for example at other hours: <c>x + Σ_k θ_k (y_k − x)</c> with θ_k ≥ 0 and
/// Σ_k θ_k ≤ 1, which is the convex hull of x and all y_k.
/// </summary>
public sealed class ConvexHull : AffineTransform, IDescribedTransform
{
    // Sums that round a little above 1 still count as 1: a box too many is sound, one too few is not.
    private const double Slack = 1e-12;

    private readonly StoredImages _images;

    /// <summary>Creates the transform.</summary>
    /// <param name="images">
    /// The images y_k in [0, 1], all of the shape <c>[C, H, W]</c> of those to be perturbed; copied, as 32-bit numbers.
    /// </param>
    /// <exception cref="ArgumentException">There is no image, or one has another shape or values outside [0, 1].</exception>
    public ConvexHull(params IReadOnlyList<Tensor> images)
        : this(StoredImages.Of(images))
    {
    }

    internal ConvexHull(StoredImages images)
        : base([.. Enumerable.Range(1, images.Count).Select(k => new ParameterRange($"image {k}", 0, 1))]) => _images = images;

    /// <inheritdoc/>
    public override LinearPart LinearPart => new([.. Parameters.Select(_ => -1.0)]);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image has another shape than the given ones.</exception>
    public override Tensor Directions(Tensor image)
    {
        if (!image.shape.SequenceEqual(_images.Shape))
            throw new ArgumentException(
                $"The image is [{string.Join(", ", image.shape)}], but those it is mixed with are [{string.Join(", ", _images.Shape)}].",
                nameof(image));
        using var scope = NewDisposeScope();
        return (_images.ToTensor(image) - image).MoveToOuterDisposeScope();
    }

    /// <summary>Whether the box holds weights with Σ_k θ_k ≤ 1.</summary>
    /// <param name="box">A box of weights.</param>
    public override bool IsAdmissible(ParameterBox box)
    {
        ArgumentNullException.ThrowIfNull(box);
        return box.Lower.Sum() <= 1 + Slack && box.Upper.All(upper => upper >= 0);
    }

    /// <summary>The weights, those below 0 raised to 0; divided by their sum where that is above 1.</summary>
    /// <param name="theta">The weights.</param>
    public override double[] Project(double[] theta)
    {
        ArgumentNullException.ThrowIfNull(theta);
        var sum = theta.Sum(weight => Math.Max(weight, 0));
        return sum <= 1 && theta.All(weight => weight >= 0) ? theta : [.. theta.Select(weight => Math.Max(weight, 0) / Math.Max(sum, 1))];
    }

    internal override long Terms(long values) => 1;

    TransformDescription IDescribedTransform.Describe() => new ConvexHullDescription(_images.Count, [.. _images.Shape], _images.ToBytes());
}
