using System.Runtime.CompilerServices;
using KeypointRobustness.Pictures;
using KeypointRobustness.Reports;
using KeypointRobustness.Scenes;
using RobustPruning.Data;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace KeypointRobustness.Runs;

/// <summary>Each change of the scene with the code that makes it: what docs/scene-changes.md says, and the pictures beside it.</summary>
internal static class SceneCookbook
{
    private const int Size = 48;
    private const int Gap = 2;
    private const int Enlarged = 4;

    /// <summary>The recipes, in the page's order.</summary>
    public static IReadOnlyList<SceneRecipe> Recipes { get; } =
    [
        Of("Bias field", () => new BiasField(-0.3, 0.3, order: 2)),
        Of("Vignette", () => new Vignette(0, 0.8, falloff: 2)),
        Of("Shadow with a soft edge", () => new Shadow(0, 0.6, Mask.HalfPlane(Size, Size, angle: 30, offset: 4, softness: 3))),
        Of("Shadow of any shape", () => new Shadow(0, 0.6, Mask.Polygon(Size, Size, [(8, 6), (40, 14), (30, 40)], softness: 2))),
        Of("Shadow whose edge moves", () => new MovingShadow(new ParameterBox([0.5, -8], [0.5, 8]), angle: 30, offset: 0, softness: 3)),
        Of("Spot of light", () => new LightSpot(0, 0.6, Mask.Gaussian(Size, Size, x: 30, y: 16, sigma: 8))),
        Of("White balance", () => new WhiteBalance(-0.2, 0.2, channels: 3)),
        Of("Colour temperature", () => ColourTemperature.OfBlackBody(-60, 200, kelvin: 6500)),
        Of("Rotation", () => AffineWarp.Rotation(-8, 8, WarpEdges.Border)),
        Of("Translation", () => AffineWarp.Translation(-4, 4, WarpEdges.Reflect)),
        Of("Motion blur", () => new MotionBlur(0, 5, angle: 30)),
        Of("Defocus", () => new Defocus(0, 2)),
        Of("Blend with a blurred image", () => Blur.Gaussian(0, 1, sigma: 1.5)),
        Of("Rotation, scale and shear at once", () => AffineWarp.Of(
            WarpEdges.Zero, (WarpParameter.Rotation, -5, 5), (WarpParameter.Scale, -0.1, 0.1), (WarpParameter.Shear, -0.1, 0.1))),
        Of("Camera that moves sideways", () => new CameraMotion(
            CameraParameter.TranslationX, -0.5, 0.5, PinholeCamera.Of(Size, Size, fieldOfView: 60), SceneDepth.Plane(5, 0, 0.5, 1))),
        Of("Camera that looks aside", () =>
            new CameraMotion(CameraParameter.Yaw, -4, 4, PinholeCamera.Of(Size, Size, fieldOfView: 60), SceneDepth.Plane(5))),
    ];

    /// <summary>Writes the page with its pictures: the clean scene, and the scene at the least and at the greatest values.</summary>
    /// <param name="path">The HTML file.</param>
    /// <param name="seed">The seed of the scene.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static void Write(string path, int seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var scenes = new AircraftScenes(new AircraftSceneOptions { Height = Size, Width = Size }).Generate(1, seed, cancellationToken);
        var image = scenes.Samples[0].Image;
        var clean = tensor(image.Pixels, [image.Channels, Size, Size]);
        var report = new HtmlReport("Scene changes").AddParagraph(
            "From left to right: the clean scene, all parameters at their least, all at their greatest values.");
        foreach (var recipe in Recipes)
        {
            var set = SemanticSet.Of(recipe.Make());
            var moved = set.Apply(clean, [.. set.Box.Lower], [.. set.Box.Upper]);
            var gap = ones(image.Channels, Size, Gap);
            var strip = cat([clean, gap, moved[0], gap, moved[1]], 2)
                .repeat_interleave(Enlarged, 1)
                .repeat_interleave(Enlarged, 2)
                .contiguous();
            report
                .AddHeading(recipe.Name)
                .AddParagraph(recipe.Code)
                .AddPicture(
                    PngPicture.Encode(
                        new ImageData(strip.data<float>().ToArray(), image.Channels, (int)strip.shape[1], (int)strip.shape[2])),
                    set.ToString());
        }

        report.Save(path);
    }

    private static SceneRecipe Of(string name, Func<ISemanticTransform> make, [CallerArgumentExpression(nameof(make))] string code = "") =>
        new(
            name,
            make,
            string.Join(' ', code["() => ".Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                .Replace("( ", "(", StringComparison.Ordinal));
}

/// <summary>One change of the scene.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Make">Makes it.</param>
/// <param name="Code">The code that makes it, on one line.</param>
internal sealed record SceneRecipe(string Name, Func<ISemanticTransform> Make, string Code);
