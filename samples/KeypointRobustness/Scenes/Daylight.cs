using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>Sun, sky and exposure of one scene.</summary>
/// <param name="ToSun">Unit vector to the sun, above the horizon.</param>
/// <param name="Sun">Colour and strength of direct light.</param>
/// <param name="Ambient">Colour and strength of light from the sky.</param>
/// <param name="Horizon">Colour of the sky at the horizon.</param>
/// <param name="Zenith">Colour of the sky overhead.</param>
/// <param name="ShadowDepth">Share of direct light that a cast shadow takes away, in [0,1].</param>
internal sealed record Daylight(Vector3 ToSun, Vector3 Sun, Vector3 Ambient, Vector3 Horizon, Vector3 Zenith, float ShadowDepth)
{
    /// <summary>Draws a time of day and a weather.</summary>
    /// <param name="random">Where chance comes from.</param>
    public static Daylight Draw(SceneRandom random)
    {
        var elevation = random.Uniform(28, 65) * MathF.PI / 180;
        var azimuth = random.Uniform(-MathF.PI, MathF.PI);
        var warmth = random.Uniform(0, 1);
        var clouds = random.Uniform(0, 1);
        var exposure = random.Uniform(0.95f, 1.2f);
        var sun = Vector3.Lerp(new(1, 0.98f, 0.95f), new(1, 0.86f, 0.68f), warmth) * (0.75f - 0.35f * clouds);
        var ambient = Vector3.Lerp(new(0.38f, 0.42f, 0.48f), new(0.5f, 0.5f, 0.52f), clouds);
        var clear = Vector3.Lerp(new(0.78f, 0.86f, 0.93f), new(0.95f, 0.84f, 0.72f), warmth);
        return new(
            new(MathF.Cos(elevation) * MathF.Cos(azimuth), MathF.Cos(elevation) * MathF.Sin(azimuth), MathF.Sin(elevation)),
            sun * exposure,
            ambient * exposure,
            Vector3.Lerp(clear, new(0.82f, 0.84f, 0.86f), clouds) * exposure,
            Vector3.Lerp(new(0.3f, 0.52f, 0.82f), new(0.62f, 0.66f, 0.71f), clouds) * exposure,
            0.9f - 0.5f * clouds);
    }

    /// <summary>The light that reaches a surface, per colour; multiply by the surface's own colour.</summary>
    /// <param name="normal">Unit vector out of the surface.</param>
    public Vector3 On(Vector3 normal)
    {
        // Lambert's law for the sun; less sky light from below, where the ground is all there is to see.
        var direct = Math.Max(0, Vector3.Dot(normal, ToSun));
        return Sun * direct + Ambient * (0.8f + 0.2f * normal.Z);
    }

    /// <summary>The colour of the sky in a direction.</summary>
    /// <param name="direction">Unit vector; below the horizon counts as the horizon.</param>
    public Vector3 Sky(Vector3 direction) => Vector3.Lerp(Horizon, Zenith, MathF.Sqrt(Math.Clamp(direction.Z * 1.6f, 0, 1)));

    /// <summary>Where the shadow of a point falls on the ground.</summary>
    /// <param name="point">A point above the ground.</param>
    public Vector3 ShadowOf(Vector3 point) => point - ToSun * (point.Z / ToSun.Z);
}
