using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

/// <summary>Scenes that make no sense are refused by a typed exception that names the parameter and its value.</summary>
public sealed class BadSceneTests
{
    private static readonly PinholeCamera Camera = PinholeCamera.Of(6, 7, 60);

    private static IEnumerable<TestCaseData> Scenes()
    {
        // Inverted ranges, and ends that are no numbers.
        foreach (var (name, make) in new (string, Func<double, double, ISemanticTransform>)[]
        {
            ("bias", (low, high) => new BiasField(low, high)),
            ("vignette", (low, high) => new Vignette(low, high)),
            ("shadow", (low, high) => new Shadow(low, high, Mask.HalfPlane(6, 7, 0, 0, 1))),
            ("light spot", (low, high) => new LightSpot(low, high, Mask.Gaussian(6, 7, 3, 3, 1))),
            ("gain of channel 0", (low, high) => new WhiteBalance(low, high)),
            ("colour temperature", (low, high) => ColourTemperature.OfBlackBody(low, high)),
            ("rotation", (low, high) => AffineWarp.Rotation(low, high)),
            ("translation x", (low, high) => AffineWarp.Translation(low, high)),
            ("scale", (low, high) => AffineWarp.Of(WarpEdges.Zero, (WarpParameter.Scale, low, high))),
            ("shear", (low, high) => AffineWarp.Of(WarpEdges.Zero, (WarpParameter.Shear, low, high))),
            ("motion blur", (low, high) => new MotionBlur(low, high)),
            ("defocus", (low, high) => new Defocus(low, high)),
            ("camera x", (low, high) => new CameraMotion(CameraParameter.TranslationX, low, high, Camera, SceneDepth.Plane(1))),
            ("yaw", (low, high) => new CameraMotion(CameraParameter.Yaw, low, high, Camera, SceneDepth.Plane(1))),
        })
        {
            yield return Case(() => make(0.25, 0.125), name, "[0.25, 0.125]");
            yield return Case(() => make(double.NaN, 0.125), name, "NaN");
            yield return Case(() => make(0, double.PositiveInfinity), name, double.PositiveInfinity.ToString());
        }

        // Masks and depth maps of another size than the image's.
        yield return Case(() => Reach(new Shadow(0, 1, Mask.HalfPlane(6, 8, 0, 0, 1))), "mask", "[C, 6, 8]", "[1, 6, 7]");
        yield return Case(() => Reach(new LightSpot(0, 1, Mask.Of(ones(5, 7)))), "mask", "[C, 5, 7]", "[1, 6, 7]");
        yield return Case(() => Reach(Moved(CameraParameter.Yaw, 0, 1, SceneDepth.Map(ones(7, 6)))), "depth map", "6x7", "7x6");
        yield return Case(() => Reach(new LightSpot(0, 1, Mask.Gaussian(6, 7, 3, 3, 1), 0.1, 0.2)), "colour", "2 channels", "has 1");

        // Poses behind the scene, and depths that are none.
        yield return Case(() => Reach(Moved(CameraParameter.TranslationZ, 0, 1.5, SceneDepth.Plane(1))), "camera z", "[0, 1.5]", "behind");
        yield return Case(() => Reach(Moved(CameraParameter.Pitch, -89, 0, SceneDepth.Plane(1))), "pitch", "[-89, 0]", "behind");
        yield return Case(() => Moved(CameraParameter.Yaw, -100, 0, SceneDepth.Plane(1)), "yaw", "-100");
        yield return Case(() => SceneDepth.Plane(0), "distance", "0");
        yield return Case(() => SceneDepth.Map(tensor(new float[] { 1, 2, 3, -4 }, [2, 2])), "Depths", "(1, 1)", "-4");
        yield return Case(() => new PinholeCamera(2, -3, 0, 0), "focalY", "-3");

        // Warps and motions that leave no pixel.
        yield return Case(() => Reach(AffineWarp.Translation(-6, 0)), "translation y", "-6", "7x6");
        yield return Case(
            () => Reach(AffineWarp.Of(WarpEdges.Border, (WarpParameter.TranslationX, 0, 7.5))),
            "translation x",
            "7.5",
            "7x6");
        yield return Case(() => AffineWarp.Of(WarpEdges.Border, (WarpParameter.Scale, -1.5, 0)), "scale", "-1.5");
        yield return Case(() => Reach(Moved(CameraParameter.TranslationY, 0, 12, SceneDepth.Plane(1))), "camera y", "12", "7x6");
        yield return Case(() => new Defocus(0, 20), "defocus", "20");

        // Curves whose knots do not rise, or that end too early.
        yield return Case(() => new ColourTemperature(0, 1, [0, 2, 1], [[1], [1.5], [2]]), "shift", "2", "1");
        yield return Case(() => new ColourTemperature(0, 1, [0, 1], [[1], [-0.5]]), "gain", "-0.5");
        yield return Case(() => new ColourTemperature(0, 3, [0, 1], [[1], [2]]), "colour temperature", "3");
        yield return Case(() => ColourTemperature.OfBlackBody(0, 900), "shift", "900", "kelvin");
        yield return Case(() => SemanticSet.Of(new ColourTemperature(0, 1, [0, 1], [[1], [2]])).Apply(ones(1, 6, 7), [1.5]), "1.5");
    }

    [TestCaseSource(nameof(Scenes))]
    public void AnExceptionNamesParameterAndValue(Action make, string[] parts)
    {
        using var scope = NewDisposeScope();
        var error = Assert.Catch<ArgumentException>(() => make())!;
        foreach (var part in parts)
            Assert.That(error.Message, Does.Contain(part));
    }

    private static TestCaseData Case(Action make, params string[] parts) =>
        new TestCaseData(make, parts).SetArgDisplayNames(string.Join(", ", parts));

    private static CameraMotion Moved(CameraParameter parameter, double lower, double upper, SceneDepth depth) =>
        new(parameter, lower, upper, Camera, depth);

    private static void Reach(ISemanticTransform transform)
    {
        var set = SemanticSet.Of(transform);
        set.Enclose(ones(1, 6, 7), set.Box).Dispose();
    }
}
