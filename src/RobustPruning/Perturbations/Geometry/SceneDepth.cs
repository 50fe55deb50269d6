using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// How far away the scene is in the reference view, the one without motion: a plane, or a depth z for each pixel. Any unit of length; a
/// camera's translations are in the same. Immutable.
/// </summary>
public sealed class SceneDepth
{
    private readonly (double X, double Y, double Z, double Distance) _plane;
    private readonly float[]? _map;

    private SceneDepth((double X, double Y, double Z, double Distance) plane, float[]? map, long height, long width) =>
        (_plane, _map, Height, Width) = (plane, map, height, width);

    /// <summary>The number of rows of a map; 0 for a plane.</summary>
    public long Height { get; }

    /// <summary>The number of columns of a map; 0 for a plane.</summary>
    public long Width { get; }

    /// <summary>The plane of all points X with <c>n · X = distance</c>; one that faces the camera unless a normal is given.</summary>
    /// <param name="distance">How far away it is along the normal, times the normal's length; positive.</param>
    /// <param name="normalX">The normal n, away from the camera, of any length; x to the right.</param>
    /// <param name="normalY">y down.</param>
    /// <param name="normalZ">z the way the camera looks.</param>
    /// <exception cref="ArgumentException">The distance is not positive and finite, or the normal is zero or not finite.</exception>
    public static SceneDepth Plane(double distance, double normalX = 0, double normalY = 0, double normalZ = 1)
    {
        PinholeCamera.RequirePositive(distance, nameof(distance));
        SoftEdge.RequireFinite(normalX, nameof(normalX));
        SoftEdge.RequireFinite(normalY, nameof(normalY));
        SoftEdge.RequireFinite(normalZ, nameof(normalZ));
        return (normalX, normalY, normalZ) != (0, 0, 0)
            ? new((normalX, normalY, normalZ, distance), null, 0, 0)
            : throw new ArgumentException("The normal of a plane is not zero.", nameof(normalZ));
    }

    /// <summary>A depth for each pixel.</summary>
    /// <param name="depths"><c>[H, W]</c>, the z of what each pixel shows; positive and finite; copied, as 32-bit numbers.</param>
    /// <exception cref="ArgumentException">It has another shape, or a depth is not positive and finite.</exception>
    public static SceneDepth Map(Tensor depths)
    {
        ArgumentNullException.ThrowIfNull(depths);
        if (depths.dim() != 2 || depths.numel() == 0)
            throw new ArgumentException($"A depth map is [H, W], but this one is [{string.Join(", ", depths.shape)}].", nameof(depths));
        using var scope = NewDisposeScope();
        return OfMap(depths.detach().to(float32).cpu().contiguous().data<float>().ToArray(), depths.shape[0], depths.shape[1]);
    }

    /// <summary>The normal and the distance of a plane; null for a map.</summary>
    internal double[]? PlaneNumbers => _map is null ? [_plane.X, _plane.Y, _plane.Z, _plane.Distance] : null;

    /// <summary>The bytes of a map's 32-bit numbers, row by row, the lowest first; null for a plane.</summary>
    internal byte[]? MapBytes => _map is null ? null : MemoryMarshal.AsBytes<float>(_map).ToArray();

    /// <summary>A map from the bytes of its numbers.</summary>
    internal static SceneDepth OfBytes(byte[] bytes, long height, long width) =>
        height >= 1 && width >= 1 && bytes.Length == 4.0 * height * width
            ? OfMap(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), height, width)
            : throw new ArgumentException($"{bytes.Length} bytes are not a depth map [{height}, {width}] of 4-byte numbers.");

    /// <summary>Refuses images of another size than a map's.</summary>
    internal void Require(long height, long width)
    {
        if (_map is not null && (height, width) != (Height, Width))
            throw new ArgumentException($"The depth map is of images of {Width}x{Height}, but this one is {width}x{height}.", "image");
    }

    /// <summary>
    /// The plane on which what a pixel of the reference view shows lies, n · X = d: of a map one that faces the camera, for each pixel its
    /// own.
    /// </summary>
    internal (double X, double Y, double Z, double Distance) PlaneAt(double column, double row) => _map is null ? _plane
        : (0, 0, 1, _map[(Nearest(row, Height) * Width) + Nearest(column, Width)]);

    private static SceneDepth OfMap(float[] map, long height, long width)
    {
        var odd = Array.FindIndex(map, depth => !(depth > 0 && float.IsFinite(depth)));
        return odd < 0
            ? new(default, map, height, width)
            : throw new ArgumentException(
                FormattableString.Invariant(
                    $"Depths are positive and finite, but that of pixel ({odd % width}, {odd / width}) is {map[odd]}."),
                nameof(map));
    }

    private static long Nearest(double place, long size) => (long)Math.Clamp(Math.Round(place), 0, size - 1);
}
