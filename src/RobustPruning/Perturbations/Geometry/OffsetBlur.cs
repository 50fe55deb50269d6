using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// A blur whose kernel grows with its one parameter, from 0, which is sharp: the mean of what the image shows at places beside each pixel,
/// all as far away as the parameter says, <c>x(p) → Σ_i x(p + θ b_i) / N</c>, bilinear between pixels. Not affine in θ, and enclosed like
/// an <see cref="AffineWarp"/>.
/// </summary>
public abstract class OffsetBlur : ISemanticTransform, IDescribedTransform
{
    private const int MostSamples = 1 << 10;

    /// <summary>Creates the blur.</summary>
    /// <param name="range">The parameter.</param>
    /// <param name="most">The greatest value that it may have, in pixels.</param>
    /// <param name="edges">What it takes over the edges.</param>
    /// <param name="samples">How many places it looks at.</param>
    /// <param name="offset">The offset b of the place at a share, between 0 and 1, for θ = 1, and with a number of its own.</param>
    private protected OffsetBlur(
        ParameterRange range, double most, WarpEdges edges, int samples, Func<int, double, (double X, double Y)> offset)
    {
        if (range.Lower < 0 || range.Upper > most)
            throw new ArgumentOutOfRangeException(nameof(range), range, $"A {range.Name} is in [0, {most}] pixels.");
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, MostSamples);
        Parameters = [range];
        Edges = Enum.IsDefined(edges) ? edges : throw new ArgumentOutOfRangeException(nameof(edges), edges, "Unknown edges.");
        Offsets = [.. Enumerable.Range(0, samples).Select(sample => offset(sample, (sample + 0.5) / samples))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

    /// <summary>What the blur takes over the edges.</summary>
    public WarpEdges Edges { get; }

    /// <summary>How many places it looks at.</summary>
    public int Samples => Offsets.Count;

    /// <summary>The offsets b for θ = 1.</summary>
    internal IReadOnlyList<(double X, double Y)> Offsets { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>, or θ has a wrong shape.</exception>
    public Tensor Move(Tensor image, Tensor theta)
    {
        using var scope = NewDisposeScope();
        return MoveEach(image.unsqueeze(0), theta).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The images are not <c>[N, C, H, W]</c>, or θ has a wrong shape.</exception>
    public Tensor MoveEach(Tensor images, Tensor theta)
    {
        Require(images.dim(), [.. images.shape.Skip(1)]);
        ParameterRows.Require(theta, 1);
        using var scope = NewDisposeScope();
        var (wide, source) = (theta.to(float64).unsqueeze(2), images.to(float64));
        var columns = arange(Scalars.Of(0), Scalars.Of(images.shape[3]), Scalars.Of(1), dtype: float64, device: images.device)
            .reshape(1, 1, -1)
            .expand(1, images.shape[2], images.shape[3]);
        var rows = arange(Scalars.Of(0), Scalars.Of(images.shape[2]), Scalars.Of(1), dtype: float64, device: images.device)
            .reshape(1, -1, 1)
            .expand(1, images.shape[2], images.shape[3]);

        // Differences are added up, so that nothing moves at 0.
        var sum = zeros([theta.shape[0], .. images.shape.Skip(1)], dtype: float64, device: images.device);
        foreach (var (x, y) in Offsets)
            sum = sum.Plus(Bilinear.Sample(source, columns.Plus(wide * Scalars.Of(x)), rows.Plus(wide * Scalars.Of(y)), Edges) - source);
        return (sum / Scalars.Of(Offsets.Count)).to(images.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>, or a box has another dimension.</exception>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes)
    {
        Require(image.dim() + 1, image.shape);
        ParameterRows.Require(boxes, 1);
        using var scope = NewDisposeScope();
        var centre = zeros([boxes.Count, .. image.shape], dtype: image.dtype, device: image.device);
        var (generators, radius) = (zeros_like(centre).unsqueeze(1), zeros_like(centre));
        var magnitude = 0.0;
        foreach (var (x, y) in Offsets)
        {
            using var move = PathEnclosure.Moves(image, Edges, new Line(x, y, image.shape[1] + image.shape[2]), boxes);
            (centre, generators) = (centre.Plus(move.Centre), generators.Plus(move.Generators));
            radius = move.Radius is null ? radius : radius.Plus(move.Radius);
            magnitude = Math.Max(magnitude, move.Error!.Value.Magnitude * move.Error.Value.Roundings);
        }

        return new EnclosedMove(
            centre / Scalars.Of(Offsets.Count), generators / Scalars.Of(Offsets.Count), radius.max().item<double>() > 0
                ? radius / Scalars.Of(Offsets.Count) * Scalars.Of(1 + EnclosureError.Outward) : null)
        {
            // As many roundings as there are terms, and those of the worst term.
            Error = new(magnitude + (4 * image.abs().max().to(float64).item<double>()), Offsets.Count + 4),
        }.MoveOut();
    }

    TransformDescription IDescribedTransform.Describe() => Describe();

    /// <summary>What the blur is, but for the range of its parameter.</summary>
    private protected abstract TransformDescription Describe();

    private static void Require(long axes, long[] image)
    {
        if (axes != 4)
            throw new ArgumentException($"This blur is of images [C, H, W], but this one is [{string.Join(", ", image)}].", nameof(image));
    }

    /// <summary>The path of one offset: a straight line.</summary>
    private sealed class Line(double x, double y, double extent) : IPixelPaths
    {
        public int Parameters => 1;

        public void Follow(int column, int row, ReadOnlySpan<double> centre, ReadOnlySpan<double> half, PathSegment segment)
        {
            (segment.X, segment.Y) = (column + (centre[0] * x), row + (centre[0] * y));
            (segment.SlopeX[0], segment.SlopeY[0]) = (x, y);
            segment.Magnitude = extent + Math.Abs(centre[0]) + half[0];
        }
    }
}
