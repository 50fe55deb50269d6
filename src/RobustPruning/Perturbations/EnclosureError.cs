using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// How far rounding may move what <see cref="SemanticSet.Enclose"/> computes. Moves may cancel: a dark value may be the difference of large
/// ones, and its error is one of those. So it is measured by what is added up, without regard to signs.
/// </summary>
internal static class EnclosureError
{
    // Beside the terms of its direction, a parameter costs a value fewer roundings: its side's centre and half width, products and sums.
    private const long Roundings = 12;

    /// <summary>The greatest error of a value, over centre and generators together, in 64-bit numbers.</summary>
    /// <param name="image">The clean image.</param>
    /// <param name="stages">The transforms of each stage.</param>
    /// <param name="boxes">The boxes of parameters.</param>
    /// <param name="greatest">The greatest absolute value of the enclosure.</param>
    public static double Of(Tensor image, IEnumerable<IReadOnlyList<ISemanticTransform>> stages, IReadOnlyList<ParameterBox> boxes, double greatest)
    {
        using var scope = NewDisposeScope();
        var magnitude = Math.Max(1, image.abs().max().item<double>());
        var (roundings, parameter) = (Roundings, 0);
        foreach (var stage in stages)
        {
            // A direction is the difference of two images at most: of this one and its average, say, or the airlight.
            var growth = 1.0;
            foreach (var transform in stage)
            {
                roundings += transform is AffineTransform affine ? affine.Terms(image.numel()) : 0;
                for (var end = parameter + transform.Parameters.Count; parameter < end; parameter++)
                {
                    roundings += Roundings;
                    growth += 2 * boxes.Max(box => Math.Max(Math.Abs(box.Lower[parameter]), Math.Abs(box.Upper[parameter])));
                }
            }

            magnitude *= growth;
        }

        return Rounding.Gamma(roundings, Rounding.Epsilon(float64)) * Math.Max(magnitude, greatest);
    }
}
