using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>What stands behind the aircraft: terminal buildings, hangars, a truck, light poles.</summary>
internal static class Background
{
    /// <summary>Draws a background, all of it behind the aircraft as the camera sees it.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="azimuth">Direction from the aircraft to the camera, radians from the x axis.</param>
    public static Mesh Draw(SceneRandom random, float azimuth)
    {
        var mesh = new Mesh();
        var away = -new Vector3(MathF.Cos(azimuth), MathF.Sin(azimuth), 0);
        var aside = new Vector3(-away.Y, away.X, 0);
        var turn = azimuth + random.Uniform(-0.3f, 0.3f);
        for (var i = random.Below(3) + 1; i > 0; i--)
        {
            AddBuilding(mesh, random, away * random.Uniform(75, 170) + aside * random.Uniform(-110, 110), turn);
        }

        for (var i = random.Below(3) + 1; i > 0; i--)
        {
            AddTruck(mesh, random, away * random.Uniform(28, 50) + aside * random.Uniform(-38, 38));
        }

        for (var i = random.Below(4); i > 0; i--)
        {
            var foot = away * random.Uniform(50, 120) + aside * random.Uniform(-70, 70);
            mesh.AddBox(foot, new(0.5f, 0.5f, 18), 0, new(0.45f, 0.46f, 0.48f));
            mesh.AddBox(foot + 18 * Vector3.UnitZ, new(0.8f, 3.5f, 0.8f), turn, new(0.7f, 0.7f, 0.68f));
        }

        return mesh;
    }

    private static void AddBuilding(Mesh mesh, SceneRandom random, Vector3 foot, float turn)
    {
        var wall = random.Between(new(0.4f, 0.42f, 0.46f), new(0.75f, 0.7f, 0.62f));
        var (deep, wide, high) = (random.Uniform(15, 30), random.Uniform(25, 80), random.Uniform(7, 16));
        mesh.AddBox(foot, new(deep, wide, high), turn, wall);

        // Bands of windows: thin boxes that stand out of the wall.
        for (var z = 2.5f; z < high - 2; z += 4)
        {
            mesh.AddBox(foot + z * Vector3.UnitZ, new(deep + 0.6f, wide * 0.92f, 1.6f), turn, new(0.16f, 0.22f, 0.28f));
        }
    }

    private static void AddTruck(Mesh mesh, SceneRandom random, Vector3 foot)
    {
        var turn = random.Uniform(-MathF.PI, MathF.PI);
        var along = new Vector3(MathF.Cos(turn), MathF.Sin(turn), 0);
        var body = random.Chance(0.5f) ? new Vector3(0.85f, 0.85f, 0.82f) : new Vector3(0.85f, 0.6f, 0.15f);
        mesh.AddBox(foot + 0.7f * Vector3.UnitZ, new(5.5f, 2.4f, 2.6f), turn, body);
        mesh.AddBox(foot + 3.8f * along + 0.7f * Vector3.UnitZ, new(1.8f, 2.3f, 1.9f), turn, body * 0.8f);
        mesh.AddBox(foot + 0.8f * along, new(7, 2, 0.8f), turn, Livery.Rubber);
    }
}
