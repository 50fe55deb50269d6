using System.Globalization;
using RobustPruning.Certification;
using RobustPruning.Data;

namespace KeypointRobustness.Runs;

/// <summary>Lengths in pixels of the scaled images, said in pixels of the original ones.</summary>
internal static class OriginalPixels
{
    private const double Same = 1e-9;

    /// <summary>Such as '40 px of the original 640x480', or both axes, or a range where the images were scaled differently.</summary>
    /// <param name="dataset">The scaled images.</param>
    /// <param name="pixels">A length in their pixels.</param>
    public static string Describe(KeypointDataset dataset, double pixels) =>
        Describe([.. dataset.Samples.Select(sample => sample.Placement)], [.. dataset.Samples.Select(_ => pixels)]);

    /// <summary>The tolerance of an image in its scaled pixels, where one is given in original pixels.</summary>
    /// <exception cref="DataException">The image is stretched, so that there is no one tolerance for both axes.</exception>
    public static double Tolerance(string name, ImagePlacement placement, double original) => original / Factor(name, placement);

    /// <summary>How many original pixels of an image a scaled one is.</summary>
    /// <inheritdoc cref="Tolerance(string, ImagePlacement, double)"/>
    public static double Factor(string name, ImagePlacement placement) =>
        Math.Abs(placement.OriginalPixelsX - placement.OriginalPixelsY) <= Same * placement.OriginalPixelsX
            ? placement.OriginalPixelsX
            : throw new DataException(
                $"{name} is stretched, so that a tolerance in original pixels is not one number: keep its proportions (--keep-aspect true).");

    /// <summary>Such as '2 px of 32x32, 40 px of the original 640x480'.</summary>
    /// <param name="placements">How images were scaled, at least one.</param>
    /// <param name="tolerances">The tolerance of each in scaled pixels.</param>
    /// <param name="size">The scaled size, as WIDTHxHEIGHT.</param>
    public static string Tolerance(IReadOnlyList<ImagePlacement> placements, IReadOnlyList<double> tolerances, string size) =>
        $"{Range(tolerances)} px of {size}, {Describe(placements, tolerances)}";

    private static string Describe(IReadOnlyList<ImagePlacement> placements, IReadOnlyList<double> pixels)
    {
        var first = placements[0];
        var size = placements.All(place => (place.OriginalHeight, place.OriginalWidth) == (first.OriginalHeight, first.OriginalWidth))
            ? $"the original {first.OriginalWidth}x{first.OriginalHeight}"
            : "the original images";
        var x = Range(placements.Zip(pixels, (place, length) => length * place.OriginalPixelsX));
        var y = Range(placements.Zip(pixels, (place, length) => length * place.OriginalPixelsY));
        return x == y ? $"{x} px of {size}" : $"{x} px along x and {y} px along y of {size}";
    }

    private static string Range(IEnumerable<double> values)
    {
        string[] ends = [values.Min().ToString("0.##", CultureInfo.InvariantCulture), values.Max().ToString("0.##", CultureInfo.InvariantCulture)];
        return string.Join(" to ", ends.Distinct());
    }
}
