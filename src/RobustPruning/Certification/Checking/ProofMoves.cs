using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Proves anew, in interval arithmetic, how far the moves of curved transforms lie from a stated centre and generators: a box of θ is cut in two until
/// each part stays within the stated radius, or a limit is reached. Nothing of the transforms' own enclosures is used but where they aim.
/// </summary>
internal static class ProofMoves
{
    // Parts of a box that are looked at for one value at most; each cut makes two.
    private const int MostParts = 2000;

    // So much beyond the stated radius is taken as it comes, or parts at its very edge would be cut for ever.
    private const double Allowance = 1.0 / (1 << 10);
    private const double LeastAllowance = 1e-9;

    private const double SideError = 1.0 / (1L << 50);

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
            MotionBlur motion => new ProofOffsets(motion.Blur, motion.Edges, image),
            Defocus defocus => new ProofOffsets(defocus.Blur, defocus.Edges, image),
            MovingShadow shadow => new ProofShadow(shadow, image),
            ColourTemperature temperature => new ProofTemperature(temperature, image),
            Gamma => new ProofGamma(image),
            _ => null,
        };
        if (pixels is null)
            return move;

        var values = (int)image.numel();
        double[] centre = Numbers(move.Centre), generators = Numbers(move.Generators), stated = move.Radius is null ? new double[centre.Length] : Numbers(move.Radius);
        double[] radius = new double[stated.Length];
        var rounding = 0.0;
        for (var box = 0; box < boxes.Count; box++)
        {
            for (var value = 0; value < values; value++)
            {
                var place = (box * values) + value;
                double[] own = [.. Enumerable.Range(0, boxes[box].Dimension).Select(k => generators[(((box * boxes[box].Dimension) + k) * values) + value])];
                radius[place] = Radius(pixels, value, boxes[box], centre[place], own, stated[place]);
                if (stated[place] == 0 && radius[place] <= LeastAllowance)
                    (rounding, radius[place]) = (Math.Max(rounding, radius[place]), 0);
            }
        }

        move.Radius?.Dispose();
        using var scope = NewDisposeScope();
        var sum = EnclosureError.OfOwn(move.Centre, move.Generators);
        return new EnclosedMove(move.Centre, move.Generators, tensor(radius, [boxes.Count, .. image.shape], dtype: float64, device: image.device).MoveToOuterDisposeScope())
        {
            Error = sum.Plus(new(rounding / Roundings * (1L << 53), Roundings)),
        };
    }

    private static double Radius(ProofPixels pixels, int value, ParameterBox whole, double centre, double[] generators, double stated)
    {
        double[] middle = whole.Centre, half = whole.HalfWidths;
        OutwardInterval[] slopes = new OutwardInterval[whole.Dimension], rates = new OutwardInterval[whole.Dimension];
        var allowed = 0.0;
        for (var k = 0; k < rates.Length; k++)
        {
            rates[k] = half[k] > 0 ? generators[k] / new OutwardInterval(half[k], half[k]) : 0;

            // The ends of a side are at ξ = −1 and 1 but for the rounding of its centre and half width.
            allowed += rates[k].Magnitude * Math.Max(Math.Abs(whole.Lower[k]), Math.Abs(whole.Upper[k])) * SideError;
        }

        // The worst part is cut first: what is left at the limit is as good as it gets.
        var limit = (stated * (1 + Allowance)) + LeastAllowance;
        var open = new PriorityQueue<(OutwardInterval[] Part, int Cut), double>();
        Add([.. whole.Lower.Zip(whole.Upper, (low, high) => new OutwardInterval(low, high))]);
        while (true)
        {
            open.TryPeek(out var worst, out var key);
            if (-key <= limit || worst.Cut < 0 || open.Count >= MostParts)
                return Math.BitIncrement(-key + allowed);
            open.Dequeue();
            OutwardInterval[] first = [.. worst.Part], second = [.. worst.Part];
            var middleOfSide = Middle(worst.Part[worst.Cut]);
            first[worst.Cut] = new(worst.Part[worst.Cut].Lower, middleOfSide);
            second[worst.Cut] = new(middleOfSide, worst.Part[worst.Cut].Upper);
            Add(first);
            Add(second);
        }

        void Add(OutwardInterval[] part)
        {
            // Where it only rises or only falls with a parameter, the ends of that side tell; elsewhere the middle and all slopes.
            pixels.Slopes(value, part, slopes);
            OutwardInterval[] most = [.. part.Select(side => (OutwardInterval)Middle(side))], least = [.. most];
            var (cut, widest, spread) = (-1, 0.0, (OutwardInterval)0);
            for (var k = 0; k < part.Length; k++)
            {
                var slope = slopes[k] - rates[k];
                if (slope.Lower >= 0 || slope.Upper <= 0)
                {
                    (least[k], most[k]) = slope.Lower >= 0 ? (part[k].Lower, part[k].Upper) : (part[k].Upper, part[k].Lower);
                    continue;
                }

                var along = slope * (part[k] - most[k]);
                spread += along;
                if (along.Width > widest && part[k].Lower < most[k].Lower && most[k].Lower < part[k].Upper)
                    (cut, widest) = (k, along.Width);
            }

            var off = new OutwardInterval(Off(least).Lower, Off(most).Upper) + spread;
            open.Enqueue((part, cut), double.IsNaN(off.Magnitude) ? double.NegativeInfinity : -off.Magnitude);
        }

        OutwardInterval Off(OutwardInterval[] theta)
        {
            var off = pixels.Value(value, theta) - centre;
            for (var k = 0; k < theta.Length; k++)
                off -= rates[k] * (theta[k] - middle[k]);
            return off;
        }
    }

    private static double Middle(OutwardInterval side) => Math.Clamp(side.Lower + ((side.Upper - side.Lower) / 2), side.Lower, side.Upper);

    private static double[] Numbers(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.to(float64).cpu().contiguous().data<double>().ToArray();
    }
}
