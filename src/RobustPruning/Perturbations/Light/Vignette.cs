using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// A vignette: <c>x (1 − θ (r / R)^falloff)</c>, r the distance from a centre and R that of the corner pixel furthest from it. θ = 1 makes
/// that corner black; a negative θ brightens.
/// </summary>
public sealed class Vignette : GainField, IDescribedTransform
{
    /// <summary>Creates the transform.</summary>
    /// <param name="lower">The least θ.</param>
    /// <param name="upper">The greatest θ.</param>
    /// <param name="centreX">The centre as a share of the width, from the left edge; finite.</param>
    /// <param name="centreY">The centre as a share of the height, from the upper edge; finite.</param>
    /// <param name="falloff">The exponent, in (0, 100]; 2 unless given.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The centre or the exponent is out of its range.</exception>
    public Vignette(double lower, double upper, double centreX = 0.5, double centreY = 0.5, double falloff = 2)
        : base(new ParameterRange("vignette", lower, upper))
    {
        SoftEdge.RequireFinite(centreX, nameof(centreX));
        SoftEdge.RequireFinite(centreY, nameof(centreY));
        if (!(falloff > 0 && falloff <= 100))
            throw new ArgumentOutOfRangeException(nameof(falloff), falloff, "The exponent is in (0, 100].");
        (CentreX, CentreY, Falloff) = (centreX, centreY, falloff);
    }

    /// <summary>The centre as a share of the width.</summary>
    public double CentreX { get; }

    /// <summary>The centre as a share of the height.</summary>
    public double CentreY { get; }

    /// <summary>The exponent.</summary>
    public double Falloff { get; }

    /// <inheritdoc/>
    public override Tensor Fields(Tensor image)
    {
        RequireMap(image);
        using var scope = NewDisposeScope();
        Tensor x = Distances(image.shape[2], CentreX, image).reshape(1, -1), y = Distances(image.shape[1], CentreY, image).reshape(-1, 1);
        var square = x.Squared().Plus(y.Squared());

        // An image of one pixel at the centre has no corner to darken.
        var furthest = square.max();
        var share = square / furthest.maximum(full_like(furthest, Scalars.Of(1e-30)));
        return (-share.pow(Scalars.Of(Falloff / 2))).reshape(1, 1, image.shape[1], image.shape[2]).MoveToOuterDisposeScope();
    }

    // Sum of squares, share, power and product: the power errs by a few units of its exponent.
    internal override long Terms(long values) => 16 + (8 * (long)Math.Ceiling(Falloff));

    TransformDescription IDescribedTransform.Describe() => new VignetteDescription(CentreX, CentreY, Falloff);

    private static Tensor Distances(long count, double centre, Tensor image) =>
        arange(Scalars.Of(0), Scalars.Of(count), Scalars.Of(1), dtype: image.dtype, device: image.device)
            .Plus(Scalars.Of(0.5 - (centre * count)));
}
