using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>A circle across the x axis: one cross-section of a tube.</summary>
/// <param name="Centre">Its middle, in metres.</param>
/// <param name="Radius">Its radius in metres.</param>
internal readonly record struct Ring(Vector3 Centre, float Radius)
{
    /// <summary>A point of the circle, counted from the top over the left side.</summary>
    public Vector3 Point(int side, int sides) => Centre + Radius * Direction(side, sides);

    /// <summary>The unit vector from the middle to that point.</summary>
    public Vector3 Direction(int side, int sides)
    {
        var angle = 2 * MathF.PI * side / sides;
        return new(0, MathF.Sin(angle), MathF.Cos(angle));
    }
}
