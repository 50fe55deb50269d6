using System.Numerics;
using RobustPruning.Data;

namespace KeypointRobustness.Scenes;

/// <summary>Turns a scene into colours: shadows first, then ground and sky behind everything, then the solids.</summary>
internal static class SceneRenderer
{
    private const float HazeDistance = 450;

    /// <summary>Renders a scene into a canvas.</summary>
    /// <param name="canvas">Where to; overwritten.</param>
    /// <param name="camera">Seen from here.</param>
    /// <param name="light">Sun and sky.</param>
    /// <param name="apron">The ground.</param>
    /// <param name="solids">What stands on it; all of it casts shadows on the ground.</param>
    public static void Render(Canvas canvas, Camera camera, Daylight light, Apron apron, IReadOnlyList<Mesh> solids)
    {
        canvas.Clear();
        foreach (var triangle in solids.SelectMany(s => s.Triangles))
        {
            canvas.DrawShadow(
                camera, light.ShadowOf(triangle.A.Position), light.ShadowOf(triangle.B.Position), light.ShadowOf(triangle.C.Position));
        }

        PaintGroundAndSky(canvas, camera, light, apron);
        foreach (var solid in solids)
        {
            foreach (var triangle in solid.Triangles)
            {
                canvas.Draw(camera, triangle, light, (colour, distance) => Haze(colour, distance, light));
            }
        }
    }

    /// <summary>Averages the fine cells of every pixel and rounds to 8 bits, as a camera does.</summary>
    /// <param name="canvas">The fine grid.</param>
    /// <param name="factor">Fine cells a pixel along each axis.</param>
    public static ImageData Downsample(Canvas canvas, int factor)
    {
        var (width, height) = (canvas.Width / factor, canvas.Height / factor);
        var pixels = new float[3 * height * width];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var sum = Vector3.Zero;
                for (var cell = 0; cell < factor * factor; cell++)
                {
                    sum += Vector3.Clamp(canvas[x * factor + cell % factor, y * factor + cell / factor], Vector3.Zero, Vector3.One);
                }

                var mean = sum / (factor * factor);
                for (var c = 0; c < 3; c++)
                {
                    // Rounded, so that a saved scene is exactly the scene that was certified.
                    pixels[(c * height + y) * width + x] = MathF.Round(255 * Math.Clamp(mean[c], 0, 1)) / 255;
                }
            }
        }

        return new ImageData(pixels, 3, height, width);
    }

    private static void PaintGroundAndSky(Canvas canvas, Camera camera, Daylight light, Apron apron)
    {
        var inSun = light.On(Vector3.UnitZ);
        var inShade = inSun - light.ShadowDepth * light.Sun * light.ToSun.Z;
        for (var y = 0; y < canvas.Height; y++)
        {
            for (var x = 0; x < canvas.Width; x++)
            {
                var ray = camera.Ray((x + 0.5f) / canvas.Width, (y + 0.5f) / canvas.Width);
                if (ray.Z >= 0)
                {
                    canvas[x, y] = light.Sky(Vector3.Normalize(ray));
                    continue;
                }

                var depth = -camera.Position.Z / ray.Z;
                var distance = depth * ray.Length();
                var place = camera.Position + depth * ray;
                var colour = distance < 10 * HazeDistance ? apron.Colour(place.X, place.Y, distance) : Vector3.Zero;
                canvas[x, y] = Haze(colour * (canvas.IsShadow(x, y) ? inShade : inSun), distance, light);
            }
        }
    }

    private static Vector3 Haze(Vector3 colour, float distance, Daylight light) =>
        Vector3.Lerp(light.Horizon, colour, MathF.Exp(-distance / HazeDistance));
}
