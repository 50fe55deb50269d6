using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Proves anew, in interval arithmetic, how far the moves of curved transforms lie from a stated centre and generators. Nothing of the
/// transforms' own enclosures is used but where they aim.
/// </summary>
internal static class ProofMoves
{
    // Rounding alone makes no symbol.
    private const double Roundings = 512;

    /// <summary>The move with a radius of its own; transforms that are affine, and a user's, as they are.</summary>
    /// <param name="transform">The transform.</param>
    /// <param name="image">The clean image, in 64-bit numbers.</param>
    /// <param name="boxes">The boxes.</param>
    /// <param name="move">What is stated; taken over.</param>
    public static EnclosedMove Recheck(ISemanticTransform transform, Tensor image, IReadOnlyList<ParameterBox> boxes, EnclosedMove move)
    {
        ProofPixels? pixels = transform switch
        {
            AffineWarp warp => new ProofWarp(warp, image),
            CameraMotion motion => new ProofCamera(motion, image),
            OffsetBlur blur => new ProofOffsets(blur, image),
            MovingShadow shadow => new ProofShadow(shadow, image),
            ColourTemperature temperature => new ProofTemperature(temperature, image),
            GammaCorrection => new ProofGamma(image),
            _ => null,
        };
        if (pixels is null)
            return move;

        var values = (int)image.numel();
        double[] centre = Numbers(move.Centre),
            generators = Numbers(move.Generators),
            stated = move.Radius is null ? new double[centre.Length] : Numbers(move.Radius);
        double[] radius = new double[stated.Length];
        var rounding = 0.0;
        for (var box = 0; box < boxes.Count; box++)
        {
            var search = new ProofSearch(pixels, boxes[box]);
            var own = new double[boxes[box].Dimension];
            for (var value = 0; value < values; value++)
            {
                var place = (box * values) + value;
                for (var k = 0; k < own.Length; k++)
                    own[k] = generators[(((box * own.Length) + k) * values) + value];
                radius[place] = search.Radius(value, centre[place], own, stated[place]);
                if (stated[place] == 0 && radius[place] <= ProofSearch.LeastAllowance)
                    (rounding, radius[place]) = (Math.Max(rounding, radius[place]), 0);

                // A narrower image can have wider bounds: the lines of the relaxations lie elsewhere.
                radius[place] = Math.Max(radius[place], stated[place]);
            }
        }

        move.Radius?.Dispose();
        using var scope = NewDisposeScope();
        var sum = EnclosureError.OfOwn(move.Centre, move.Generators);
        return new EnclosedMove(
            move.Centre, move.Generators,
            tensor(radius, [boxes.Count, .. image.shape], dtype: float64, device: image.device).MoveToOuterDisposeScope())
        {
            Error = sum.Plus(new(rounding / Roundings * (1L << 53), Roundings)),
        };
    }

    private static double[] Numbers(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.to(float64).cpu().contiguous().data<double>().ToArray();
    }
}
