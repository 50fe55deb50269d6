using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>Collects triangles, and knows how to build the few solids that the scenes are made of.</summary>
internal sealed class Mesh
{
    private readonly List<Triangle> _triangles = [];

    /// <summary>The triangles added so far.</summary>
    public IReadOnlyList<Triangle> Triangles => _triangles;

    /// <summary>Adds a flat quadrilateral, seen from both sides but lit as a surface that faces away from a point inside.</summary>
    /// <param name="corners">Four corners in order.</param>
    /// <param name="inside">A point behind the surface.</param>
    /// <param name="colour">Its colour.</param>
    public void AddQuad(ReadOnlySpan<Vector3> corners, Vector3 inside, Vector3 colour)
    {
        var normal = Vector3.Cross(corners[2] - corners[0], corners[3] - corners[1]);
        normal = Vector3.Normalize(Vector3.Dot(normal, corners[0] - inside) < 0 ? -normal : normal);
        var (a, b, c, d) = (corners[0], corners[1], corners[2], corners[3]);
        _triangles.Add(new(new(a, normal), new(b, normal), new(c, normal), colour));
        _triangles.Add(new(new(a, normal), new(c, normal), new(d, normal), colour));
    }

    /// <summary>Adds a solid between two quadrilaterals: a box, a wing, a fin.</summary>
    /// <param name="first">Four corners of one end, in order.</param>
    /// <param name="second">The matching corners of the other end.</param>
    /// <param name="colour">Its colour.</param>
    public void AddPrism(Vector3[] first, Vector3[] second, Vector3 colour)
    {
        var inside = Vector3.Zero;
        for (var i = 0; i < 4; i++)
        {
            inside += (first[i] + second[i]) / 8;
        }

        AddQuad(first, inside, colour);
        AddQuad(second, inside, colour);
        for (var i = 0; i < 4; i++)
        {
            var j = (i + 1) % 4;
            AddQuad([first[i], first[j], second[j], second[i]], inside, colour);
        }
    }

    /// <summary>Adds an upright box that stands at a height.</summary>
    /// <param name="foot">Middle of its lower face.</param>
    /// <param name="size">Length along <paramref name="heading"/>, width and height in metres.</param>
    /// <param name="heading">Direction of its length, radians from the x axis.</param>
    /// <param name="colour">Its colour.</param>
    public void AddBox(Vector3 foot, Vector3 size, float heading, Vector3 colour)
    {
        var along = new Vector3(MathF.Cos(heading), MathF.Sin(heading), 0) * (size.X / 2);
        var across = new Vector3(-MathF.Sin(heading), MathF.Cos(heading), 0) * (size.Y / 2);
        Vector3[] lower = [foot + along + across, foot + along - across, foot - along - across, foot - along + across];
        AddPrism(lower, Array.ConvertAll(lower, p => p + new Vector3(0, 0, size.Z)), colour);
    }

    /// <summary>Adds a smoothly lit tube along the x axis through rings; its ends stay open.</summary>
    /// <param name="rings">Its rings, front to back.</param>
    /// <param name="sides">Sides of a ring; the first begins at the top.</param>
    /// <param name="colour">Colour by ring (0 = between the first two) and by side.</param>
    public void AddTube(ReadOnlySpan<Ring> rings, int sides, Func<int, int, Vector3> colour)
    {
        for (var r = 0; r + 1 < rings.Length; r++)
        {
            for (var s = 0; s < sides; s++)
            {
                var a = TubeVertex(rings, r, s, sides);
                var b = TubeVertex(rings, r, s + 1, sides);
                var c = TubeVertex(rings, r + 1, s + 1, sides);
                var d = TubeVertex(rings, r + 1, s, sides);
                _triangles.Add(new(a, b, c, colour(r, s)));
                _triangles.Add(new(a, c, d, colour(r, s)));
            }
        }
    }

    /// <summary>Adds a disc that faces forward.</summary>
    /// <param name="ring">Its rim.</param>
    /// <param name="sides">Sides of the rim.</param>
    /// <param name="colour">Its colour.</param>
    public void AddDisc(Ring ring, int sides, Vector3 colour)
    {
        for (var s = 0; s < sides; s++)
        {
            _triangles.Add(new(
                new(ring.Centre, Vector3.UnitX),
                new(ring.Point(s, sides), Vector3.UnitX),
                new(ring.Point(s + 1, sides), Vector3.UnitX),
                colour));
        }
    }

    // The normal leans forward where the tube widens to the back, as on a nose cone.
    private static Vertex TubeVertex(ReadOnlySpan<Ring> rings, int r, int s, int sides)
    {
        var (before, after) = (rings[Math.Max(r - 1, 0)], rings[Math.Min(r + 1, rings.Length - 1)]);
        var point = rings[r].Point(s, sides);
        var outward = rings[r].Direction(s, sides);
        var along = after.Point(s, sides) - before.Point(s, sides);
        var normal = outward - along * (Vector3.Dot(outward, along) / Math.Max(along.LengthSquared(), 1e-6f));
        return new(point, Vector3.Normalize(normal.LengthSquared() > 1e-6f ? normal : outward));
    }
}
