using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Rotation, translation, scale and shear as one affine warp of the scene about the image's centre c: what was at p is at
/// <c>c + t + (1 + s) R(φ) K(k) (p − c)</c>, and pixels take their values between those of the clean image, bilinearly, as torchvision's
/// <c>affine_grid</c> and <c>grid_sample</c> do with <c>align_corners=False</c>. Positions are in pixels, x to the right and y down.
/// </summary>
/// <remarks>
/// Not affine in its parameters: it comes first in a set. An enclosure leaves a radius at each pixel, which falls with the square of the
/// box where the pixel's source stays between the same four pixels, so that bisection becomes exact. Keypoints move with the scene.
/// </remarks>
/// <example>
/// <code>
/// var turned = SemanticSet.Of(AffineWarp.Of(WarpEdges.Border, (WarpParameter.Rotation, -2, 2), (WarpParameter.Scale, -0.02, 0.02)));
/// </code>
/// </example>
public sealed class AffineWarp : IMovesScene, IDescribedTransform
{
    /// <summary>The greatest number of parameters.</summary>
    public const int MostParameters = 4;

    /// <summary>The least scale.</summary>
    public const double LeastScale = -0.99;

    private readonly WarpParameter[] _kinds;

    internal AffineWarp(IReadOnlyList<WarpParameter> kinds, ParameterBox ranges, WarpEdges edges)
    {
        if (kinds.Count is 0 or > MostParameters || kinds.Distinct().Count() != kinds.Count)
            throw new ArgumentException(
                $"A warp has 1 to {MostParameters} different parameters, but these are [{string.Join(", ", kinds)}].",
                nameof(kinds));
        if (kinds.FirstOrDefault(kind => !Enum.IsDefined(kind), WarpParameter.Scale) is var unknown && !Enum.IsDefined(unknown))
            throw new ArgumentOutOfRangeException(nameof(kinds), unknown, "Unknown parameter of a warp.");
        ParameterRows.Require([ranges], kinds.Count);
        Edges = Enum.IsDefined(edges) ? edges : throw new ArgumentOutOfRangeException(nameof(edges), edges, "Unknown edges.");
        _kinds = [.. kinds];
        Parameters = [.. kinds.Select((kind, k) => new ParameterRange(NameOf(kind), ranges.Lower[k], ranges.Upper[k]))];
        RequireScale(ranges);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

    /// <summary>What each of <see cref="Parameters"/> is.</summary>
    public IReadOnlyList<WarpParameter> Kinds => _kinds;

    /// <summary>What the warp takes over the edges.</summary>
    public WarpEdges Edges { get; }

    /// <summary>A warp of one to four parameters.</summary>
    /// <param name="edges">What it takes over the edges.</param>
    /// <param name="ranges">Which parameters, with their least and greatest values; no parameter twice.</param>
    /// <exception cref="ArgumentException">
    /// There is no parameter, more than four, or one twice; a range is inverted or not finite; or the scale reaches below
    /// <see cref="LeastScale"/>.
    /// </exception>
    public static AffineWarp Of(WarpEdges edges, params IReadOnlyList<(WarpParameter Parameter, double Lower, double Upper)> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        foreach (var (parameter, lower, upper) in ranges)
            _ = new ParameterRange(NameOf(parameter), lower, upper);
        return ranges.Count > 0
            ? new(
                [.. ranges.Select(range => range.Parameter)],
                new ParameterBox([.. ranges.Select(range => range.Lower)], [.. ranges.Select(range => range.Upper)]),
                edges)
            : throw new ArgumentException("A warp needs at least one parameter.", nameof(ranges));
    }

    /// <summary>A rotation about the image's centre.</summary>
    /// <param name="lower">The least angle in degrees.</param>
    /// <param name="upper">The greatest angle in degrees; positive turns clockwise as images are shown.</param>
    /// <param name="edges">What it takes over the edges.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
    public static AffineWarp Rotation(double lower, double upper, WarpEdges edges = WarpEdges.Zero) =>
        Of(edges, (WarpParameter.Rotation, lower, upper));

    /// <summary>A translation along both axes.</summary>
    /// <param name="lower">The least move in pixels.</param>
    /// <param name="upper">The greatest move in pixels.</param>
    /// <param name="edges">What it takes over the edges.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
    public static AffineWarp Translation(double lower, double upper, WarpEdges edges = WarpEdges.Zero) =>
        Of(edges, (WarpParameter.TranslationX, lower, upper), (WarpParameter.TranslationY, lower, upper));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The image is not <c>[C, H, W]</c>, θ has a wrong shape, or a θ leaves no pixel or makes nothing of the scene.
    /// </exception>
    public Tensor Move(Tensor image, Tensor theta)
    {
        using var scope = NewDisposeScope();
        return Moved(image.unsqueeze(0), theta).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The images are not <c>[N, C, H, W]</c>, θ has a wrong shape, or a θ leaves no pixel or makes nothing of the scene.
    /// </exception>
    public Tensor MoveEach(Tensor images, Tensor theta) => Moved(images, theta);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The image is not <c>[C, H, W]</c>, or a box has another dimension, leaves no pixel or makes nothing of the scene.
    /// </exception>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes)
    {
        Require(image.dim() + 1, image.shape);
        ParameterRows.Require(boxes, _kinds.Length);
        foreach (var box in boxes)
            RequireBox(box, image.shape[1], image.shape[2]);
        var paths = new WarpPaths(_kinds, (int)image.shape[1], (int)image.shape[2]);
        return PathEnclosure.Moves(image, Edges, paths, boxes);
    }

    TransformDescription IDescribedTransform.Describe() => new AffineWarpDescription(_kinds, Edges);

    (OutwardInterval X, OutwardInterval Y) IMovesScene.Displacement(ParameterBox box, double x, double y, int height, int width)
    {
        var angle = Of(WarpParameter.Rotation) * OutwardInterval.Radian;
        OutwardInterval fromX = (OutwardInterval)x - ((width - 1) / 2.0), fromY = (OutwardInterval)y - ((height - 1) / 2.0);
        OutwardInterval slanted = fromX + (Of(WarpParameter.Shear) * fromY),
            sine = angle.Sine(),
            cosine = angle.Cosine(),
            grown = Of(WarpParameter.Scale) + 1;
        return (
            (grown * ((cosine * slanted) - (sine * fromY))) + Of(WarpParameter.TranslationX) - fromX,
            (grown * ((sine * slanted) + (cosine * fromY))) + Of(WarpParameter.TranslationY) - fromY);

        OutwardInterval Of(WarpParameter kind) =>
            Array.IndexOf(_kinds, kind) is >= 0 and var k ? new OutwardInterval(box.Lower[k], box.Upper[k]) : 0;
    }

    Tensor IMovesScene.Displacements(Tensor theta, Tensor positions, int height, int width)
    {
        using var scope = NewDisposeScope();
        var places = positions.reshape(positions.shape[0], -1, 2);
        Tensor fromX = places.select(2, 0) - Scalars.Of((width - 1) / 2.0), fromY = places.select(2, 1) - Scalars.Of((height - 1) / 2.0);
        Tensor angle = Of(WarpParameter.Rotation) * Scalars.Of(Math.PI / 180),
            sine = angle.sin(),
            cosine = angle.cos(),
            slanted = fromX.Plus(Of(WarpParameter.Shear) * fromY);
        var grown = Of(WarpParameter.Scale).Plus(Scalars.Of(1));
        var x = (grown * ((cosine * slanted) - (sine * fromY))).Plus(Of(WarpParameter.TranslationX)) - fromX;
        var y = (grown * (sine * slanted).Plus(cosine * fromY)).Plus(Of(WarpParameter.TranslationY)) - fromY;
        return stack([x, y], 2).flatten(1).MoveToOuterDisposeScope();

        Tensor Of(WarpParameter kind) => Array.IndexOf(_kinds, kind) is >= 0 and var k
            ? theta.narrow(1, k, 1)
            : zeros(theta.shape[0], 1, dtype: float64, device: theta.device);
    }

    private Tensor Moved(Tensor images, Tensor theta)
    {
        Require(images.dim(), [.. images.shape.Skip(1)]);
        ParameterRows.Require(theta, _kinds.Length);
        using var scope = NewDisposeScope();
        RequireRows(theta, images.shape[2], images.shape[3]);

        // Places in 64-bit numbers: in 32-bit ones they would be off by a millionth of the image.
        var wide = theta.to(float64);
        Tensor angle = At(WarpParameter.Rotation) * Scalars.Of(Math.PI / 180),
            shear = At(WarpParameter.Shear),
            inverse = Scalars.Of(1) / At(WarpParameter.Scale).Plus(Scalars.Of(1));
        double middleX = (images.shape[3] - 1) / 2.0, middleY = (images.shape[2] - 1) / 2.0;
        var qx =
            (
                arange(Scalars.Of(0), Scalars.Of(images.shape[3]), Scalars.Of(1), dtype: float64, device: images.device).reshape(1, 1, -1)
                - Scalars.Of(middleX)) - At(WarpParameter.TranslationX);
        var qy =
            (
                arange(Scalars.Of(0), Scalars.Of(images.shape[2]), Scalars.Of(1), dtype: float64, device: images.device).reshape(1, -1, 1)
                - Scalars.Of(middleY)) - At(WarpParameter.TranslationY);
        Tensor sine = angle.sin(), cosine = angle.cos();
        Tensor zx = (cosine * qx).Plus(sine * qy), zy = (cosine * qy) - (sine * qx);
        Tensor x = (inverse * (zx - (shear * zy))).Plus(Scalars.Of(middleX)), y = (inverse * zy).Plus(Scalars.Of(middleY));
        var source = images.to(float64);
        return (Bilinear.Sample(source, x, y, Edges) - source).to(images.dtype).MoveToOuterDisposeScope();

        Tensor At(WarpParameter kind) => Array.IndexOf(_kinds, kind) is >= 0 and var index
            ? wide.narrow(1, index, 1).unsqueeze(2)
            : zeros(1, 1, 1, dtype: float64, device: images.device);
    }

    private void RequireRows(Tensor theta, long height, long width)
    {
        if (theta.shape[0] == 0)
            return;
        using var noGradient = no_grad();
        var rows = theta.to(float64).cpu();
        double[] lower = rows.amin(0).data<double>().ToArray(), upper = rows.amax(0).data<double>().ToArray();
        if (!lower.Concat(upper).All(double.IsFinite))
            throw new ArgumentException("A θ of a warp is not finite.", nameof(theta));
        RequireBox(new ParameterBox(lower, upper), height, width);
    }

    private void RequireBox(ParameterBox box, long height, long width)
    {
        RequireScale(box);
        for (var k = 0; k < _kinds.Length; k++)
        {
            var most = _kinds[k] switch
            {
                WarpParameter.TranslationX => width,
                WarpParameter.TranslationY => height,
                _ => double.PositiveInfinity,
            };
            foreach (var value in (double[])[box.Lower[k], box.Upper[k]])
            {
                if (!(Math.Abs(value) < most))
                    throw new ArgumentException($"The {Parameters[k].Name} by {value} px leaves no pixel of an image of {width}x{height}.");
            }
        }
    }

    private void RequireScale(ParameterBox box)
    {
        if (Array.IndexOf(_kinds, WarpParameter.Scale) is >= 0 and var scale && box.Lower[scale] < LeastScale)
            throw new ArgumentException($"The scale {box.Lower[scale]} leaves nothing of the scene: it is at least {LeastScale}.");
    }

    private static void Require(long axes, long[] image)
    {
        if (axes != 4)
            throw new ArgumentException($"A warp is of images [C, H, W], but this one is [{string.Join(", ", image)}].", nameof(image));
    }

    private static string NameOf(WarpParameter kind) => kind switch
    {
        WarpParameter.Rotation => "rotation",
        WarpParameter.TranslationX => "translation x",
        WarpParameter.TranslationY => "translation y",
        WarpParameter.Scale => "scale",
        WarpParameter.Shear => "shear",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown parameter of a warp."),
    };
}
