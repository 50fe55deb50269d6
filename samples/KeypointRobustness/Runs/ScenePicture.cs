using System.Globalization;
using KeypointRobustness.Pictures;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace KeypointRobustness.Runs;

/// <summary>What the scene looks like at the ends of its ranges and at the counterexamples, side by side.</summary>
internal static class ScenePicture
{
    private const int Gap = 2;
    private const int MostCounterexamples = 4;
    private const int LeastHeight = 96;

    /// <summary>The clean image, the image at the least and at the greatest values, and at each counterexample, as PNG.</summary>
    public static byte[] Encode(SemanticSet set, ImageData image, Certificate certificate)
    {
        using var scope = NewDisposeScope();
        var clean = tensor(image.Pixels, [image.Channels, image.Height, image.Width]);
        var pictures = Found(certificate)
            .Select(found => found.Input(set, clean)[0])
            .Prepend(set.Apply(clean, [set.Project([.. set.Box.Upper])])[0])
            .Prepend(set.Apply(clean, [set.Project([.. set.Box.Lower])])[0])
            .Prepend(clean)
            .ToList();
        var gap = ones(image.Channels, image.Height, Gap);
        var strip = cat([.. pictures.SelectMany((picture, index) => index == 0 ? new[] { picture } : [gap, picture])], 2).clamp(0, 1);

        // Small images are shown larger, pixel by pixel.
        var factor = Math.Max(1, LeastHeight / image.Height);
        var shown = strip.repeat_interleave(factor, 1).repeat_interleave(factor, 2).contiguous();
        return PngPicture.Encode(new ImageData(shown.data<float>().ToArray(), image.Channels, (int)shown.shape[1], (int)shown.shape[2]));
    }

    /// <summary>What the pictures are, from left to right.</summary>
    public static string Caption(Certificate certificate) =>
        string.Join(
            "; ",
            Found(certificate)
                .Select(found =>
                    $"a counterexample at "
                    + $"({string.Join(", ", found.Theta.Select(value => value.ToString("0.####", CultureInfo.InvariantCulture)))})")
                .Prepend("the clean image; at the least values; at the greatest values"));

    private static IEnumerable<Counterexample> Found(Certificate certificate) =>
        certificate.Claims.Select(claim => claim.Counterexample).OfType<Counterexample>().Take(MostCounterexamples);
}
