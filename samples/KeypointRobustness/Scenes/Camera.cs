using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>A pinhole camera, framed as a crop of a wider photograph: focal length and principal point are free.</summary>
/// <param name="Position">Where it is, in metres.</param>
/// <param name="Forward">Unit vector it looks along.</param>
/// <param name="Right">Unit vector to the right of the image.</param>
/// <param name="Up">Unit vector to the top of the image.</param>
/// <param name="Focal">Focal length in image widths.</param>
/// <param name="CentreX">Where the optical axis crosses the image, in widths from the left.</param>
/// <param name="CentreY">Where it crosses, in widths (not heights) from the top.</param>
internal sealed record Camera(Vector3 Position, Vector3 Forward, Vector3 Right, Vector3 Up, float Focal, float CentreX, float CentreY)
{
    /// <summary>A camera at a position that looks at a point, framed with a focal length of 1 around that point.</summary>
    /// <param name="position">Where it is.</param>
    /// <param name="target">What it looks at; not straight above or below.</param>
    public static Camera LookAt(Vector3 position, Vector3 target)
    {
        var forward = Vector3.Normalize(target - position);
        var right = Vector3.Normalize(Vector3.Cross(forward, Vector3.UnitZ));
        return new(position, forward, right, Vector3.Cross(right, forward), 1, 0, 0);
    }

    /// <summary>Projects a point: x and y in image widths from the top left corner, and the depth in metres.</summary>
    /// <param name="point">A point; it is behind the camera where the depth is not positive.</param>
    public Vector3 Project(Vector3 point)
    {
        var offset = point - Position;
        var depth = Vector3.Dot(offset, Forward);
        return new(
            CentreX + Focal * Vector3.Dot(offset, Right) / depth,
            CentreY - Focal * Vector3.Dot(offset, Up) / depth,
            depth);
    }

    /// <summary>The direction, not of unit length, that a place of the image looks along.</summary>
    /// <param name="x">Widths from the left.</param>
    /// <param name="y">Widths from the top.</param>
    public Vector3 Ray(float x, float y) => Forward + (x - CentreX) / Focal * Right - (y - CentreY) / Focal * Up;

    /// <summary>Zooms and shifts the crop so that points fill a share of the image.</summary>
    /// <param name="points">The points, all in front of the camera.</param>
    /// <param name="aspect">Image height divided by width.</param>
    /// <param name="fill">Share of the image that the points span along the tighter direction, in (0,1).</param>
    /// <param name="shiftX">Where the points lie in the room that is left: 0 left, ½ middle, 1 right.</param>
    /// <param name="shiftY">The same from top to bottom.</param>
    /// <param name="margin">Share of the width kept free at each border.</param>
    public Camera Frame(IEnumerable<Vector3> points, float aspect, float fill, float shiftX, float shiftY, float margin)
    {
        var (low, high) = (new Vector3(float.MaxValue), new Vector3(float.MinValue));
        foreach (var point in points)
        {
            var place = (this with { Focal = 1, CentreX = 0, CentreY = 0 }).Project(point);
            (low, high) = (Vector3.Min(low, place), Vector3.Max(high, place));
        }

        var size = high - low;
        var focal = fill * Math.Min((1 - 2 * margin) / size.X, (aspect - 2 * margin) / size.Y);
        var roomX = 1 - 2 * margin - focal * size.X;
        var roomY = aspect - 2 * margin - focal * size.Y;
        return this with
        {
            Focal = focal,
            CentreX = margin + shiftX * roomX - focal * low.X,
            CentreY = margin + shiftY * roomY - focal * low.Y,
        };
    }
}
