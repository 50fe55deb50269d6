using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>A twin-engined airliner, nose along +x, standing on z = 0; metres. Left and right mirror each other.</summary>
internal static class AircraftShape
{
    private const int FuselageSides = 16;
    private const int NacelleSides = 12;

    private static readonly Ring[] Fuselage =
    [
        new(new(17.5f, 0, 3.3f), 0.05f), new(new(17.2f, 0, 3.34f), 0.7f), new(new(16.2f, 0, 3.5f), 1.3f),
        new(new(15.0f, 0, 3.72f), 1.75f), new(new(13.4f, 0, 3.9f), 2.1f), new(new(11.5f, 0, 4), 2.25f), new(new(-7, 0, 4), 2.25f),
        new(new(-11, 0, 4.3f), 1.85f), new(new(-14.5f, 0, 4.75f), 1.2f), new(new(-17.5f, 0, 5.1f), 0.5f), new(new(-18.2f, 0, 5.15f), 0.1f),
    ];

    // Half wings, stabiliser and fin as (leading edge, trailing edge) at root and tip.
    private static readonly Vector3 WingRootLeading = new(5.5f, 2f, 2.9f);
    private static readonly Vector3 WingRootTrailing = new(-2.8f, 2f, 2.9f);
    private static readonly Vector3 WingTipLeading = new(-4.2f, 16.5f, 4.4f);
    private static readonly Vector3 WingTipTrailing = new(-6.2f, 16.5f, 4.4f);
    private static readonly Vector3 StabiliserRootLeading = new(-12.5f, 1.1f, 4.9f);
    private static readonly Vector3 StabiliserRootTrailing = new(-16.2f, 0.6f, 4.9f);
    private static readonly Vector3 StabiliserTipLeading = new(-15.8f, 6.2f, 5.4f);
    private static readonly Vector3 StabiliserTipTrailing = new(-17.6f, 6.2f, 5.4f);
    private static readonly Vector3 FinRootLeading = new(-10.2f, 0, 6);
    private static readonly Vector3 FinRootTrailing = new(-17, 0, 5.5f);
    private static readonly Vector3 FinTopLeading = new(-16, 0, 11.8f);
    private static readonly Vector3 FinTopTrailing = new(-18.6f, 0, 11.8f);
    private static readonly Vector3 EngineFront = new(6.2f, 5.9f, 2.05f);
    private static readonly Vector3 EngineRear = new(1.2f, 5.9f, 2.15f);
    private static readonly Vector3 NoseWheel = new(12.6f, 0, 0.6f);
    private static readonly Vector3 MainWheel = new(-1, 3.4f, 0.7f);

    /// <summary>The keypoints' names, in the order of <see cref="Keypoints"/>.</summary>
    public static IReadOnlyList<string> KeypointNames { get; } =
    [
        "nose", "cockpit", "tail cone",
        "left wing tip", "right wing tip",
        "left wing root front", "right wing root front", "left wing root rear", "right wing root rear",
        "left engine front", "right engine front", "left engine rear", "right engine rear",
        "left stabiliser tip", "right stabiliser tip", "left stabiliser root", "right stabiliser root",
        "fin top front", "fin top rear", "fin root",
        "nose wheel", "left main wheel", "right main wheel",
    ];

    /// <summary>The 23 keypoints in metres.</summary>
    public static IReadOnlyList<Vector3> Keypoints { get; } =
    [
        Fuselage[0].Centre, new(14.6f, 0, 5.6f), Fuselage[^1].Centre,
        WingTipLeading, Mirror(WingTipLeading),
        WingRootLeading, Mirror(WingRootLeading), WingRootTrailing, Mirror(WingRootTrailing),
        EngineFront, Mirror(EngineFront), EngineRear, Mirror(EngineRear),
        StabiliserTipLeading, Mirror(StabiliserTipLeading), StabiliserRootLeading, Mirror(StabiliserRootLeading),
        FinTopLeading, FinTopTrailing, FinRootLeading,
        NoseWheel, MainWheel, Mirror(MainWheel),
    ];

    /// <summary>The other side's twin of a point: y changes its sign.</summary>
    public static Vector3 Mirror(Vector3 point) => point with { Y = -point.Y };

    /// <summary>Builds the aircraft's surface.</summary>
    /// <param name="livery">Its colours.</param>
    public static Mesh Build(Livery livery)
    {
        var mesh = new Mesh();
        mesh.AddTube(Fuselage, FuselageSides, (ring, side) => FuselageColour(livery, ring, side));
        AddCabinWindows(mesh);
        AddSurface(mesh, (FinRootLeading, FinRootTrailing), (FinTopLeading, FinTopTrailing), 0.5f, Vector3.UnitY, livery.Accent);
        AddWheel(mesh, NoseWheel, 2.2f);
        foreach (var side in (Func<Vector3, Vector3>[])[p => p, Mirror])
        {
            AddSurface(
                mesh,
                (side(WingRootLeading), side(WingRootTrailing)),
                (side(WingTipLeading), side(WingTipTrailing)),
                0.9f,
                Vector3.UnitZ,
                livery.Wing);
            AddSurface(
                mesh,
                (side(StabiliserRootLeading), side(StabiliserRootTrailing)),
                (side(StabiliserTipLeading), side(StabiliserTipTrailing)),
                0.4f,
                Vector3.UnitZ,
                livery.Wing);
            AddWinglet(mesh, side, livery.Accent);
            AddEngine(mesh, side, livery);
            AddWheel(mesh, side(MainWheel), 2.4f);
        }

        return mesh;
    }

    // Sides run from the top over the left and back: 16 of them, 3 and 12 look straight to the sides.
    private static Vector3 FuselageColour(Livery livery, int ring, int side)
    {
        var fromTop = Math.Min(side, FuselageSides - 1 - side);
        return (ring, fromTop) switch
        {
            (3, <= 2) => Livery.Glass,
            (_, 4) => livery.Accent,
            ( >= 7, _) => ring >= 8 || fromTop >= 3 ? livery.Accent : livery.Fuselage,
            (_, >= 5) => livery.Belly,
            _ => livery.Fuselage,
        };
    }

    private static void AddCabinWindows(Mesh mesh)
    {
        for (var x = 10.5f; x > -8; x -= 1.25f)
        {
            foreach (var y in (float[])[2.24f, -2.24f])
            {
                var (end, top) = (x - 0.55f, y * 0.97f);
                mesh.AddQuad([new(x, y, 4.4f), new(end, y, 4.4f), new(end, top, 4.95f), new(x, top, 4.95f)], new(x, 0, 4), Livery.Glass);
            }
        }
    }

    // A thin solid that tapers from root to tip; thick at the root, a quarter of that at the tip.
    private static void AddSurface(
        Mesh mesh,
        (Vector3 Leading, Vector3 Trailing) root,
        (Vector3 Leading, Vector3 Trailing) tip,
        float thickness,
        Vector3 across,
        Vector3 colour)
    {
        mesh.AddPrism(Section(root, thickness), Section(tip, thickness / 4), colour);

        Vector3[] Section((Vector3 Leading, Vector3 Trailing) chord, float thick)
        {
            // Thickest a third behind the leading edge, so that the edges stay sharp.
            var middle = Vector3.Lerp(chord.Leading, chord.Trailing, 0.35f);
            return [chord.Leading, middle + across * (thick / 2), chord.Trailing, middle - across * (thick / 2)];
        }
    }

    private static void AddWinglet(Mesh mesh, Func<Vector3, Vector3> side, Vector3 colour)
    {
        var up = new Vector3(-1.2f, 0.5f, 2.2f);
        var (leading, trailing) = (side(WingTipLeading), side(WingTipTrailing));
        AddSurface(mesh, (leading, trailing), (side(WingTipLeading + up), side(WingTipTrailing + up * 0.9f)), 0.15f, Vector3.UnitY, colour);
    }

    private static void AddEngine(Mesh mesh, Func<Vector3, Vector3> side, Livery livery)
    {
        var (front, rear) = (side(EngineFront), side(EngineRear));
        Ring[] rings =
        [
            new(front, 1.25f), new(Vector3.Lerp(front, rear, 0.25f), 1.45f), new(Vector3.Lerp(front, rear, 0.6f), 1.3f), new(rear, 0.7f),
        ];
        mesh.AddTube(rings, NacelleSides, (ring, _) => ring == 0 ? livery.Belly : livery.Accent);
        mesh.AddDisc(rings[0] with { Centre = front - 0.15f * Vector3.UnitX }, NacelleSides, Livery.Rubber);
        mesh.AddDisc(new(front - 0.1f * Vector3.UnitX, 0.4f), NacelleSides, livery.Belly);
        mesh.AddBox(side(new(3, 5.9f, 2.9f)), new(3, 0.4f, 0.8f), 0, livery.Wing);
    }

    private static void AddWheel(Mesh mesh, Vector3 axle, float strut)
    {
        mesh.AddBox(axle with { Z = 0 }, new(1.2f, 1.3f, 2 * axle.Z), 0, Livery.Rubber);
        mesh.AddBox(axle, new(0.35f, 0.35f, strut), 0, new(0.6f, 0.6f, 0.62f));
    }
}
