using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// The mean of what an image shows at places beside each pixel, all as far away as one parameter says: <c>x(p) → Σ_i x(p + θ b_i) / N</c>, bilinear
/// between pixels.
/// </summary>
/// <param name="offsets">The offsets b for θ = 1.</param>
/// <param name="edges">What lies over the edges.</param>
internal sealed class OffsetBlur(IReadOnlyList<(double X, double Y)> offsets, WarpEdges edges)
{
    /// <summary>The offsets b for θ = 1.</summary>
    public IReadOnlyList<(double X, double Y)> Offsets => offsets;

    /// <summary>The moves of images <c>[N, C, H, W]</c>, or of one for all, <c>[1, C, H, W]</c>; the caller owns them.</summary>
    public Tensor Moved(Tensor images, Tensor theta)
    {
        Require(images.dim(), [.. images.shape.Skip(1)]);
        ParameterRows.Require(theta, 1);
        using var scope = NewDisposeScope();
        var (wide, source) = (theta.to(float64).unsqueeze(2), images.to(float64));
        var columns = arange(Scalars.Of(0), Scalars.Of(images.shape[3]), dtype: float64, device: images.device).reshape(1, 1, -1).expand(1, images.shape[2], images.shape[3]);
        var rows = arange(Scalars.Of(0), Scalars.Of(images.shape[2]), dtype: float64, device: images.device).reshape(1, -1, 1).expand(1, images.shape[2], images.shape[3]);

        // Differences are added up, so that nothing moves at 0.
        var sum = zeros([theta.shape[0], .. images.shape.Skip(1)], dtype: float64, device: images.device);
        foreach (var (x, y) in offsets)
            sum = sum + (Bilinear.Sample(source, columns + (wide * Scalars.Of(x)), rows + (wide * Scalars.Of(y)), edges) - source);
        return (sum / Scalars.Of(offsets.Count)).to(images.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of the enclosures of each offset.</summary>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes)
    {
        Require(image.dim() + 1, image.shape);
        ParameterRows.Require(boxes, 1);
        using var scope = NewDisposeScope();
        var centre = zeros([boxes.Count, .. image.shape], dtype: image.dtype, device: image.device);
        var (generators, radius) = (zeros_like(centre).unsqueeze(1), zeros_like(centre));
        var magnitude = 0.0;
        foreach (var (x, y) in offsets)
        {
            using var move = PathEnclosure.Moves(image, edges, new Line(x, y, image.shape[1] + image.shape[2]), boxes);
            (centre, generators) = (centre + move.Centre, generators + move.Generators);
            radius = move.Radius is null ? radius : radius + move.Radius;
            magnitude = Math.Max(magnitude, move.Error!.Value.Magnitude * move.Error.Value.Roundings);
        }

        return new EnclosedMove(
            centre / Scalars.Of(offsets.Count), generators / Scalars.Of(offsets.Count), radius.max().item<double>() > 0 ? radius / Scalars.Of(offsets.Count) * Scalars.Of(1 + EnclosureError.Outward) : null)
        {
            // As many roundings as there are terms, and those of the worst term.
            Error = new(magnitude + (4 * image.abs().max().to(float64).item<double>()), offsets.Count + 4),
        }.MoveOut();
    }

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
