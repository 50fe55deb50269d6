using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// A shadow whose edge moves: <c>x (1 − d m(t))</c> with two parameters, the darkness d and how far the edge moves, t, in pixels. m is 0
/// before a straight edge and 1 beyond, and rises over a soft border. Not affine in t: an enclosure leaves a radius at the pixels that the
/// border passes.
/// </summary>
public sealed class MovingShadow : ISemanticTransform, IDescribedTransform
{
    private const long Roundings = 32;

    private readonly SoftEdge _edge;

    /// <summary>Creates the transform.</summary>
    /// <param name="ranges">The ranges of the darkness, and of the edge's move in pixels, in the direction of the shadow.</param>
    /// <param name="angle">The direction in which the shadow lies, in degrees: 0 to the right, 90 down.</param>
    /// <param name="offset">How far from the image's centre the edge lies in that direction where it has not moved, in pixels.</param>
    /// <param name="softness">The width of the border in pixels; positive.</param>
    /// <exception cref="ArgumentException">There are not two ranges.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The softness is not positive, or a number is not finite.</exception>
    public MovingShadow(ParameterBox ranges, double angle, double offset, double softness)
    {
        ParameterRows.Require([ranges ?? throw new ArgumentNullException(nameof(ranges))], 2);
        Parameters =
        [
            new ParameterRange("shadow", ranges.Lower[0], ranges.Upper[0]),
            new ParameterRange("shadow edge", ranges.Lower[1], ranges.Upper[1]),
        ];
        _edge = new SoftEdge(angle, offset, softness);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

    /// <summary>The direction in which the shadow lies, in degrees.</summary>
    public double Angle => _edge.Angle;

    /// <summary>How far from the image's centre the edge lies where it has not moved, in pixels.</summary>
    public double Offset => _edge.Offset;

    /// <summary>The width of the border in pixels.</summary>
    public double Softness => _edge.Softness;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>, or θ has a wrong shape.</exception>
    public Tensor Move(Tensor image, Tensor theta) => Moved(image, theta, image);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The images are not <c>[N, C, H, W]</c>, or θ has a wrong shape.</exception>
    public Tensor MoveEach(Tensor images, Tensor theta) => Moved(images, theta, images[0]);

    /// <inheritdoc/>
    /// <remarks>
    /// The mask lies about its chord in t, no further off than where it reaches 0 and 1; the product of d and t joins the radius.
    /// </remarks>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>, or a box has another dimension.</exception>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes)
    {
        using var scope = NewDisposeScope();
        Require(image);
        ParameterRows.Require(boxes, 2);
        Tensor still = Still(image), low = Numbers(box => box.Lower[1]), high = Numbers(box => box.Upper[1]);
        Tensor first = (still - (low / Scalars.Of(Softness))).clamp(Scalars.Of(0), Scalars.Of(1)),
            last = (still - (high / Scalars.Of(Softness))).clamp(Scalars.Of(0), Scalars.Of(1));
        Tensor above = Gap((still - Scalars.Of(1)) * Scalars.Of(Softness), 1), below = Gap(still * Scalars.Of(Softness), 0);
        Tensor middle = first.Plus(last).Plus(above).Plus(below) / Scalars.Of(2),
            slope = (last - first) / Scalars.Of(2),
            width = (above - below) / Scalars.Of(2);

        var dark = Numbers(box => box.Centre[0]);
        var half = Numbers(box => box.HalfWidths[0]);
        var radius = image.abs() * (slope.abs() * half).Plus(width * dark.abs().Plus(half)) * Scalars.Of(1 + EnclosureError.Outward);
        var greatest = boxes.Max(box => Math.Max(Math.Abs(box.Lower[0]), Math.Abs(box.Upper[0])));
        var far = still.abs().max().Plus(high.abs().maximum(low.abs()).max() / Scalars.Of(Softness)).to(float64).item<double>();
        return new EnclosedMove(
            -image * dark * middle, cat([(-image * half * middle).unsqueeze(1), (-image * dark * slope).unsqueeze(1)], 1),
            radius.max().item<double>() > 0 ? radius : null)
        {
            Error = new(image.abs().max().to(float64).item<double>() * 4 * greatest * (far + 4), Roundings),
        }.MoveOut();

        // How far the mask lies off its chord where it reaches a level, if it does so within the box.
        Tensor Gap(Tensor place, double level)
        {
            var inside = place.gt(low).logical_and(place.lt(high));
            var chord = first.Plus((last - first) * ((place - low) / where(inside, high - low, ones_like(place))));
            return where(inside, Scalars.Of(level) - chord, zeros_like(place));
        }

        Tensor Numbers(Func<ParameterBox, double> number) => ParameterRows.Of(boxes.Select(number), image);
    }

    TransformDescription IDescribedTransform.Describe() => new MovingShadowDescription(Angle, Offset, Softness);

    /// <summary>The mask at a pixel where the edge has moved by t, before it is clamped to [0, 1].</summary>
    internal double Unclamped(int x, int y, long height, long width) => _edge.Value(x, y, height, width);

    private Tensor Moved(Tensor values, Tensor theta, Tensor image)
    {
        ParameterRows.Require(theta, 2);
        Require(image);
        using var scope = NewDisposeScope();
        Tensor dark = ParameterRows.EachImage(theta.narrow(1, 0, 1), image), place = ParameterRows.EachImage(theta.narrow(1, 1, 1), image);
        return (
            -dark * (Still(image) - (place / Scalars.Of(Softness))).clamp(Scalars.Of(0), Scalars.Of(1)) * values).MoveToOuterDisposeScope();
    }

    private Tensor Still(Tensor image)
    {
        long height = image.shape[1], width = image.shape[2];
        double[] still =
        [
            .. from y in Enumerable.Range(0, (int)height) from x in Enumerable.Range(0, (int)width) select Unclamped(x, y, height, width),
        ];
        return tensor(still, [1, 1, height, width], dtype: image.dtype, device: image.device);
    }

    private static void Require(Tensor image)
    {
        if (image.dim() != 3)
            throw new ArgumentException(
                $"A shadow is of images [C, H, W], but this one is [{string.Join(", ", image.shape)}].",
                nameof(image));
    }
}
