using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Gamma: <c>x^(1 + g)</c>. g above 0 darkens, below 0 brightens; black and white stay. Not affine in g: it comes first in a set, and its
/// enclosure over a box leaves a radius at each value.
/// </summary>
public sealed class GammaCorrection : ISemanticTransform, IDescribedTransform
{
    // 2^-24, half the distance of 32-bit numbers just below 1: the rounding error of one operation on values in [0, 1].
    private const double Unit = 1 / 16777216.0;

    /// <summary>Creates the transform.</summary>
    /// <param name="lower">The least g; above −1.</param>
    /// <param name="upper">The greatest g.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or reaches −1.</exception>
    public GammaCorrection(double lower, double upper)
    {
        Parameters = [new ParameterRange("gamma", lower, upper)];
        RequireAboveMinusOne(lower);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not in [0, 1], θ has a wrong shape, or a g is not above −1.</exception>
    public Tensor Move(Tensor image, Tensor theta) => Moved(image, theta, ParameterRows.EachImage(theta, image));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An image is not in [0, 1], θ has a wrong shape, or a g is not above −1.</exception>
    public Tensor MoveEach(Tensor images, Tensor theta) => Moved(images, theta, ParameterRows.EachImage(theta, images[0]));

    /// <inheritdoc/>
    /// <remarks>
    /// A value x moves by x^(1 + g) − x, which is convex in g: it lies below its chord over [g₁, g₂], and by no more than the chord lies
    /// above the parallel tangent.
    /// </remarks>
    /// <exception cref="ArgumentException">The image is not in [0, 1], or a box reaches down to −1 or has another dimension.</exception>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes)
    {
        using var scope = NewDisposeScope();
        RequireImage(image);
        ParameterRows.Require(boxes, 1);
        foreach (var box in boxes)
            RequireAboveMinusOne(box.Lower[0]);

        Tensor exact = image.to(float64), inside = Inside(exact), nothing = zeros_like(exact);
        var safe = where(inside, exact, full_like(exact, Scalars.Of(0.5)));
        Tensor lower = safe.pow(Rows(box => box.Lower[0]).Plus(Scalars.Of(1))),
            upper = safe.pow(Rows(box => box.Upper[0]).Plus(Scalars.Of(1)));

        // From g₁ to g₂ the power falls from x^(1 + g₁) by the factor e^s. The tangent touches where it has fallen by q = (e^s − 1) / s.
        var s = safe.log() * Rows(box => box.Upper[0] - box.Lower[0]);
        var small = s.abs().lt(Scalars.Of(1e-4));
        var q = where(small, ones_like(s), (s.exp() - Scalars.Of(1)) / where(small, ones_like(s), s));
        var gap = lower * where(small, s.Squared() / Scalars.Of(8), (Scalars.Of(1) - q).Plus(q * q.log()));

        // What 32-bit numbers add: to the exponent before the power, then to the power, the move, the moved value, and to this enclosure.
        var rounding = Rows(box => Unit * (16 + (Math.Max(Math.Abs(box.Lower[0]), Math.Abs(box.Upper[0])) / (1 + box.Lower[0]))));
        var centre = where(inside, ((lower.Plus(upper) - gap) / Scalars.Of(2)) - safe, nothing);
        var generator = where(inside, (upper - lower) / Scalars.Of(2), nothing);
        var radius = where(inside, (gap / Scalars.Of(2)).Plus(rounding), nothing);
        return new EnclosedMove(centre.to(image.dtype), generator.unsqueeze(1).to(image.dtype), radius.to(image.dtype)).MoveOut();

        Tensor Rows(Func<ParameterBox, double> number) => ParameterRows.Of(boxes.Select(number), exact);
    }

    TransformDescription IDescribedTransform.Describe() => new GammaDescription();

    private static Tensor Moved(Tensor image, Tensor theta, Tensor g)
    {
        using var scope = NewDisposeScope();
        ParameterRows.Require(theta, 1);
        RequireImage(image);
        if (theta.numel() > 0)
            RequireAboveMinusOne(theta.detach().min().to(float64).item<double>());

        // Black and white stay whatever g is, also for the gradient, which is infinite at black.
        var inside = Inside(image);
        var safe = where(inside, image, full_like(image, Scalars.Of(0.5)));
        var exponent = g.Plus(Scalars.Of(1));
        return where(inside, safe.pow(exponent) - safe, zeros_like(image)).MoveToOuterDisposeScope();
    }

    private static Tensor Inside(Tensor image) => image.gt(Scalars.Of(0)).logical_and(image.lt(Scalars.Of(1)));

    private static void RequireAboveMinusOne(double g)
    {
        if (!(g > -1))
            throw new ArgumentException($"The gamma parameter {g} must be above -1: the exponent is 1 + g.");
    }

    private static void RequireImage(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        if (!image.ge(Scalars.Of(0)).logical_and(image.le(Scalars.Of(1))).all().item<bool>())
            throw new ArgumentException("GammaCorrection is for images in [0, 1], but this one has values outside.", nameof(image));
    }
}
