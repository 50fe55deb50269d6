using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>A fine grid of colours and depths that triangles are drawn into. Reused from scene to scene; not thread-safe.</summary>
/// <param name="width">Columns of the fine grid.</param>
/// <param name="height">Rows of the fine grid.</param>
internal sealed class Canvas(int width, int height)
{
    private const float NearPlane = 1;

    private readonly Vector3[] _colours = new Vector3[width * height];
    private readonly float[] _inverseDepths = new float[width * height];
    private readonly bool[] _shadows = new bool[width * height];

    /// <summary>Columns of the fine grid.</summary>
    public int Width => width;

    /// <summary>Rows of the fine grid.</summary>
    public int Height => height;

    /// <summary>The colour of a cell.</summary>
    public ref Vector3 this[int x, int y] => ref _colours[y * width + x];

    /// <summary>True where a shadow was drawn.</summary>
    public bool IsShadow(int x, int y) => _shadows[y * width + x];

    /// <summary>Forgets depths and shadows; the caller paints every cell anew.</summary>
    public void Clear()
    {
        Array.Clear(_inverseDepths);
        Array.Clear(_shadows);
    }

    /// <summary>Marks the cells that a triangle on the ground covers as shadow.</summary>
    public void DrawShadow(Camera camera, Vector3 a, Vector3 b, Vector3 c) =>
        Fill(camera.Project(a), camera.Project(b), camera.Project(c), (cell, _, _, _) => _shadows[cell] = true);

    /// <summary>Draws a lit triangle where nothing nearer has been drawn. Triangles that reach behind the camera are left out.</summary>
    public void Draw(Camera camera, in Triangle triangle, Daylight light, Func<Vector3, float, Vector3> haze)
    {
        var (a, b, c) = (camera.Project(triangle.A.Position), camera.Project(triangle.B.Position), camera.Project(triangle.C.Position));
        if (Math.Min(a.Z, Math.Min(b.Z, c.Z)) < NearPlane)
        {
            return;
        }

        var colour = triangle.Colour;
        var (colourA, colourB, colourC) = (Lit(triangle.A, a.Z), Lit(triangle.B, b.Z), Lit(triangle.C, c.Z));
        var (inverseA, inverseB, inverseC) = (1 / a.Z, 1 / b.Z, 1 / c.Z);
        var (colours, inverseDepths) = (_colours, _inverseDepths);
        Fill(a, b, c, (cell, wa, wb, wc) =>
        {
            // 1/depth, unlike depth, is linear across the image.
            var inverse = wa * inverseA + wb * inverseB + wc * inverseC;
            if (inverse > inverseDepths[cell])
            {
                inverseDepths[cell] = inverse;
                colours[cell] = wa * colourA + wb * colourB + wc * colourC;
            }
        });

        Vector3 Lit(Vertex vertex, float depth) => haze(colour * light.On(vertex.Normal), depth);
    }

    // Visits every cell whose middle lies in the triangle, with its barycentric weights.
    private void Fill(Vector3 a, Vector3 b, Vector3 c, Action<int, float, float, float> visit)
    {
        if (Math.Min(a.Z, Math.Min(b.Z, c.Z)) < NearPlane)
        {
            return;
        }

        (a, b, c) = (a * width, b * width, c * width);
        var area = Cross(a, b, c.X, c.Y);
        if (area == 0)
        {
            return;
        }

        var (fromX, toX) = Cells(a.X, b.X, c.X, width);
        var (fromY, toY) = Cells(a.Y, b.Y, c.Y, height);
        for (var y = fromY; y < toY; y++)
        {
            for (var x = fromX; x < toX; x++)
            {
                var wa = Cross(b, c, x + 0.5f, y + 0.5f) / area;
                var wb = Cross(c, a, x + 0.5f, y + 0.5f) / area;
                var wc = 1 - wa - wb;
                if (wa >= 0 && wb >= 0 && wc >= 0)
                {
                    visit(y * width + x, wa, wb, wc);
                }
            }
        }
    }

    private static (int From, int To) Cells(float a, float b, float c, int size)
    {
        var low = Math.Clamp(Math.Min(a, Math.Min(b, c)) - 0.5f, 0, size);
        var high = Math.Clamp(Math.Max(a, Math.Max(b, c)) + 0.5f, 0, size);
        return ((int)low, (int)MathF.Ceiling(high));
    }

    private static float Cross(Vector3 a, Vector3 b, float x, float y) => (b.X - a.X) * (y - a.Y) - (b.Y - a.Y) * (x - a.X);
}
