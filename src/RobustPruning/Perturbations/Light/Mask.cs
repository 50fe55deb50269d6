using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// How much of a change each pixel takes, from 0 to 1: a shadow's area with a soft border, a spot of light. Positions are in pixels, x to
/// the right and y down, the centre of the first pixel at (0, 0). Immutable.
/// </summary>
public sealed class Mask
{
    private readonly StoredImages _values;

    internal Mask(StoredImages values) => _values = values;

    /// <summary>The number of rows.</summary>
    public long Height => _values.Shape[0];

    /// <summary>The number of columns.</summary>
    public long Width => _values.Shape[1];

    /// <summary>A mask of one's own.</summary>
    /// <param name="values"><c>[H, W]</c> in [0, 1]; copied, as 32-bit numbers.</param>
    /// <exception cref="ArgumentException">It has another shape, or a value outside [0, 1].</exception>
    public static Mask Of(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.dim() == 2 && values.numel() > 0
            ? new(StoredImages.Of([values]))
            : throw new ArgumentException($"A mask is [H, W], but this one is [{string.Join(", ", values.shape)}].", nameof(values));
    }

    /// <summary>All that lies beyond a straight edge.</summary>
    /// <param name="height">The image's height in pixels.</param>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="angle">The direction in which the area lies, in degrees: 0 to the right, 90 down.</param>
    /// <param name="offset">How far from the image's centre the edge lies in that direction, in pixels.</param>
    /// <param name="softness">The width of the border, over which the mask rises from 0 to 1, in pixels; positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or the softness is not positive, or a number is not finite.</exception>
    public static Mask HalfPlane(int height, int width, double angle, double offset, double softness)
    {
        var edge = new SoftEdge(angle, offset, softness);
        return Of(height, width, (x, y) => edge.Value(x, y, height, width));
    }

    /// <summary>A polygon.</summary>
    /// <param name="height">The image's height in pixels.</param>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="vertices">
    /// Its corners (x, y) in pixels, in order; at least three, finite. Where it crosses itself, what lies twice inside is outside.
    /// </param>
    /// <param name="softness">The width of the border, half of it inside and half outside, in pixels; positive.</param>
    /// <exception cref="ArgumentException">There are fewer than three corners, or a number is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size or the softness is not positive.</exception>
    public static Mask Polygon(int height, int width, IReadOnlyList<(double X, double Y)> vertices, double softness)
    {
        ArgumentNullException.ThrowIfNull(vertices);
        if (vertices.Count < 3)
            throw new ArgumentException($"A polygon has three corners at least, but this one has {vertices.Count}.", nameof(vertices));
        foreach (var vertex in vertices)
        {
            if (!double.IsFinite(vertex.X) || !double.IsFinite(vertex.Y))
                throw new ArgumentException($"The corner {vertex} of the polygon is not finite.", nameof(vertices));
        }

        SoftEdge.RequireSoftness(softness);
        var edges = vertices.Select((from, k) => (From: from, To: vertices[(k + 1) % vertices.Count])).ToList();
        return Of(height, width, (x, y) =>
        {
            var inside = edges.Count(edge => Crosses(edge.From, edge.To, x, y)) % 2 == 1;
            var distance = edges.Min(edge => Distance(edge.From, edge.To, x, y));
            return ((inside ? distance : -distance) / softness) + 0.5;
        });
    }

    /// <summary>A round spot, <c>exp(−r² / 2σ²)</c>.</summary>
    /// <param name="height">The image's height in pixels.</param>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="x">The spot's centre in pixels; finite.</param>
    /// <param name="y">The spot's centre in pixels; finite.</param>
    /// <param name="sigma">Its standard deviation in pixels; positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or the deviation is not positive, or a number is not finite.</exception>
    public static Mask Gaussian(int height, int width, double x, double y, double sigma)
    {
        SoftEdge.RequireFinite(x, nameof(x));
        SoftEdge.RequireFinite(y, nameof(y));
        if (!(sigma > 0 && double.IsFinite(sigma)))
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "The standard deviation is positive and finite.");
        return Of(
            height,
            width,
            (column, row) => Math.Exp(-(((column - x) * (column - x)) + ((row - y) * (row - y))) / (2 * sigma * sigma)));
    }

    /// <summary>The mask as one image of one channel, <c>[1, H, W]</c>, in an image's type and on its device; the caller owns it.</summary>
    /// <exception cref="ArgumentException">The image is of another size.</exception>
    internal Tensor Like(Tensor image)
    {
        if (image.dim() != 3 || image.shape[1] != Height || image.shape[2] != Width)
            throw new ArgumentException(
                $"The mask is of images [C, {Height}, {Width}], but this one is [{string.Join(", ", image.shape)}].",
                nameof(image));
        return _values.ToTensor(image);
    }

    internal byte[] ToBytes() => _values.ToBytes();

    private static Mask Of(int height, int width, Func<int, int, double> value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        return new(
            StoredImages.Of(
                [.. from y in Enumerable.Range(0, height) from x in Enumerable.Range(0, width) select (float)Math.Clamp(value(x, y), 0, 1)],
                height,
                width));
    }

    private static bool Crosses((double X, double Y) from, (double X, double Y) to, double x, double y) =>
        from.Y > y != to.Y > y && x < from.X + ((y - from.Y) / (to.Y - from.Y) * (to.X - from.X));

    private static double Distance((double X, double Y) from, (double X, double Y) to, double x, double y)
    {
        double dx = to.X - from.X, dy = to.Y - from.Y, length = (dx * dx) + (dy * dy);
        var along = length == 0 ? 0 : Math.Clamp((((x - from.X) * dx) + ((y - from.Y) * dy)) / length, 0, 1);
        return double.Hypot(x - from.X - (along * dx), y - from.Y - (along * dy));
    }
}
