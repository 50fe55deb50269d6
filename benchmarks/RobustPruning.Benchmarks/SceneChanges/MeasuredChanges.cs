using RobustPruning.Perturbations;

namespace RobustPruning.Benchmarks.SceneChanges;

/// <summary>The changes of the scene that are measured, by name; each is made for images of a shape <c>[C, H, W]</c>.</summary>
internal static class MeasuredChanges
{
    // Borders go on over the edges, so that no black comes in that no camera would see.
    private const WarpEdges Edges = WarpEdges.Border;

    private static readonly (WarpParameter, double, double) Turn = (WarpParameter.Rotation, -2, 2);
    private static readonly (WarpParameter, double, double) Right = (WarpParameter.TranslationX, -1, 1);
    private static readonly (WarpParameter, double, double) Down = (WarpParameter.TranslationY, -1, 1);
    private static readonly (WarpParameter, double, double) Grow = (WarpParameter.Scale, -0.02, 0.02);

    /// <summary>Rotation by ±2°, translation by ±1 px, scale by ±2 %: alone and two together.</summary>
    public static IReadOnlyDictionary<string, Func<long[], SemanticSet>> Geometry { get; } =
        new Dictionary<string, Func<long[], SemanticSet>>
        {
            ["rotation"] = _ => Warp(Turn),
            ["translation-x"] = _ => Warp(Right),
            ["scale"] = _ => Warp(Grow),
            ["translation"] = _ => Warp(Right, Down),
            ["rotation+translation-x"] = _ => Warp(Turn, Right),
            ["rotation+scale"] = _ => Warp(Turn, Grow),
            ["translation-x+scale"] = _ => Warp(Right, Grow),
        };

    /// <summary>Every change there is.</summary>
    public static IReadOnlyDictionary<string, Func<long[], SemanticSet>> All { get; } = new Dictionary<string, Func<long[], SemanticSet>>(
        Geometry)
    {
        ["shear"] = _ => Warp((WarpParameter.Shear, -0.02, 0.02)),
        ["bias-field"] = _ => SemanticSet.Of(new BiasField(-0.02, 0.02, order: 1)),
        ["bias-field-additive"] = _ => SemanticSet.Of(new BiasField(-0.01, 0.01, order: 1, BiasFieldKind.Additive)),
        ["bias-field-order-2"] = _ => SemanticSet.Of(new BiasField(-0.01, 0.01, order: 2)),
        ["vignette"] = _ => SemanticSet.Of(new Vignette(0, 0.1)),
        ["shadow"] = shape => SemanticSet.Of(new Shadow(0, 0.1, Mask.HalfPlane((int)shape[1], (int)shape[2], 30, 0, 2))),
        ["moving-shadow"] = _ => SemanticSet.Of(new MovingShadow(new ParameterBox([0, -1], [0.1, 1]), 30, 0, 2)),
        ["light-spot"] = shape => SemanticSet.Of(
            new LightSpot(0, 0.1, Mask.Gaussian((int)shape[1], (int)shape[2], (shape[2] - 1) / 2.0, (shape[1] - 1) / 2.0, shape[2] / 6.0))),
        ["white-balance"] = shape => SemanticSet.Of(new WhiteBalance(-0.02, 0.02, (int)shape[0])),
        ["colour-temperature"] = _ => SemanticSet.Of(ColourTemperature.OfBlackBody(-20, 20)),
        ["motion-blur"] = _ => SemanticSet.Of(new MotionBlur(0, 1, angle: 30)),
        ["defocus"] = _ => SemanticSet.Of(new Defocus(0, 1)),
        ["camera-x"] = shape => Camera(shape, CameraParameter.TranslationX, 0.02),
        ["camera-y"] = shape => Camera(shape, CameraParameter.TranslationY, 0.02),
        ["camera-z"] = shape => Camera(shape, CameraParameter.TranslationZ, 0.02),
        ["roll"] = shape => Camera(shape, CameraParameter.Roll, 2),
        ["pitch"] = shape => Camera(shape, CameraParameter.Pitch, 1),
        ["yaw"] = shape => Camera(shape, CameraParameter.Yaw, 1),
    };

    /// <summary>The chosen ones of a table; all of it if there is no choice.</summary>
    /// <exception cref="ArgumentException">There is no change of that name.</exception>
    public static IReadOnlyList<string> Chosen(IReadOnlyDictionary<string, Func<long[], SemanticSet>> table, string[] names) =>
        names.FirstOrDefault(name => !table.ContainsKey(name)) is { } unknown
            ? throw new ArgumentException($"Unknown change '{unknown}'; --change is one of {string.Join(", ", table.Keys)}.")
            : names.Length > 0 ? names : [.. table.Keys];

    private static SemanticSet Warp(params (WarpParameter, double, double)[] ranges) => SemanticSet.Of(AffineWarp.Of(Edges, ranges));

    private static SemanticSet Camera(long[] shape, CameraParameter parameter, double size) =>
        SemanticSet.Of(
            new CameraMotion(parameter, -size, size, PinholeCamera.Of((int)shape[1], (int)shape[2], 60), SceneDepth.Plane(1), Edges));
}
