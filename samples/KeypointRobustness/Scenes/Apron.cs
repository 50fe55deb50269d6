using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>The ground of one scene: concrete slabs, markings, stains, grass far away.</summary>
internal sealed class Apron
{
    private const float Slab = 7.5f;

    private static readonly Vector3 Yellow = new(0.85f, 0.68f, 0.1f);
    private static readonly Vector3 Grass = new(0.34f, 0.42f, 0.22f);

    private readonly Vector3 _concrete;
    private readonly float _turn;
    private readonly float _shift;
    private readonly float _grassFrom;
    private readonly (Vector2 Centre, float Radius)[] _stains;

    /// <summary>Draws an apron.</summary>
    /// <param name="random">Where chance comes from.</param>
    public Apron(SceneRandom random)
    {
        _concrete = random.Between(new(0.42f, 0.43f, 0.44f), new(0.6f, 0.59f, 0.56f));
        _turn = random.Uniform(-0.6f, 0.6f);
        _shift = random.Uniform(0, Slab);
        _grassFrom = random.Uniform(90, 220);
        _stains = new (Vector2, float)[4];
        for (var i = 0; i < _stains.Length; i++)
        {
            _stains[i] = (new(random.Uniform(-20, 25), random.Uniform(-22, 22)), random.Uniform(0.8f, 3));
        }
    }

    /// <summary>The ground's own colour at a place.</summary>
    /// <param name="x">Metres along the aircraft's axis.</param>
    /// <param name="y">Metres to its left.</param>
    /// <param name="distance">Metres from the camera: details fade with it.</param>
    public Vector3 Colour(float x, float y, float distance)
    {
        var detail = Math.Clamp(1.5f - distance / 120, 0, 1);
        var (sin, cos) = MathF.SinCos(_turn);
        var (u, v) = ((cos * x + sin * y + _shift) / Slab, (cos * y - sin * x) / Slab);
        var (row, column) = (MathF.Floor(u), MathF.Floor(v));
        var colour = _concrete * (1 + 0.1f * detail * (Noise((int)row, (int)column) - 0.5f));
        var joint = Math.Min(Math.Min(u - row, row + 1 - u), Math.Min(v - column, column + 1 - v)) * Slab;
        if (joint < 0.15f)
        {
            colour *= 1 - 0.3f * detail;
        }

        foreach (var (centre, radius) in _stains)
        {
            var far = Vector2.Distance(centre, new(x, y)) / radius;
            colour *= 1 - 0.25f * Math.Clamp(1.3f - far, 0, 1);
        }

        return IsMarking(x, y) ? Yellow : v * Slab > _grassFrom || u * Slab < -_grassFrom ? Grass : colour;
    }

    // The lead-in line that the nose wheel follows, its stop bar, and the edge of the stand.
    private static bool IsMarking(float x, float y)
    {
        var leadIn = MathF.Abs(y) < 0.25f && x < 19;
        var stopBar = MathF.Abs(x - 19) < 0.3f && MathF.Abs(y) < 2.5f;
        var edge = MathF.Abs(MathF.Abs(y) - 21) < 0.25f && x is > -25 and < 26;
        return leadIn || stopBar || edge;
    }

    // A fixed pseudo-random value in [0,1) for every slab.
    private static float Noise(int row, int column)
    {
        var h = unchecked((uint)row * 374761393u + (uint)column * 668265263u);
        h = unchecked((h ^ (h >> 13)) * 1274126177u);
        return ((h ^ (h >> 16)) & 0xFFFF) / 65536f;
    }
}
