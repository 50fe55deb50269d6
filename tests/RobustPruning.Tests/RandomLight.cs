using RobustPruning.Perturbations;

namespace RobustPruning.Tests;

/// <summary>Draws light fields for images of a shape [C, H, W].</summary>
internal sealed class RandomLight(Random random, IReadOnlyList<long> shape)
{
    private int Channels => (int)shape[0];

    private int Height => (int)shape[1];

    private int Width => (int)shape[2];

    /// <summary>One that is affine in its parameters.</summary>
    public AffineTransform Affine()
    {
        switch (random.Next(6))
        {
            case 0: return new BiasField(-Size(), Size(), 1, (BiasFieldKind)random.Next(2));
            case 1: return new Vignette(-Size(), Size(), random.NextDouble(), random.NextDouble(), 0.5 + (3 * random.NextDouble()));
            case 2: return new Shadow(-Size(), Size(), Mask());
            case 3: return new LightSpot(
                0, Size(), Mask(), [.. Enumerable.Range(0, random.Next(2) == 0 ? 1 : Channels).Select(_ => random.NextDouble())]);
            case 4: return new WhiteBalance(-Size(), Size(), Channels);
            default:
                var box = Coefficients(BiasField.Coefficients(2));
                return new BiasField(box, 2, (BiasFieldKind)random.Next(2));
        }
    }

    /// <summary>One that is not.</summary>
    public ISemanticTransform Curved()
    {
        switch (random.Next(5))
        {
            case 0: return AffineWarp.Of(
                (WarpEdges)random.Next(3), (WarpParameter.Rotation, -20 * Size(), 20 * Size()),
                (WarpParameter.TranslationX, -Size(), Size()));
            case 1: return AffineWarp.Of((WarpEdges)random.Next(3), (WarpParameter.Scale, -Size(), Size()));
            case 2: return new MotionBlur(0, Size(), 360 * random.NextDouble(), (WarpEdges)random.Next(3));
        }

        if (random.Next(2) == 0)
            return new MovingShadow(
                new ParameterBox([-Size(), -2 * Size()], [Size(), 2 * Size()]),
                360 * random.NextDouble(),
                (2 * random.NextDouble()) - 1,
                0.1 + random.NextDouble());
        double[] shifts = [-1, -0.4 * random.NextDouble(), 0, 0.05 + (0.4 * random.NextDouble()), 1];
        return new ColourTemperature(
            -Size(),
            Size(),
            shifts,
            [.. shifts.Select(shift => Enumerable.Range(0, Channels).Select(_ => shift == 0 ? 1 : 0.5 + random.NextDouble()).ToArray())]);
    }

    private Mask Mask() => random.Next(3) switch
    {
        0 => global::RobustPruning.Perturbations.Mask.HalfPlane(
            Height, Width, 360 * random.NextDouble(), random.NextDouble(), 0.1 + random.NextDouble()),
        1 => global::RobustPruning.Perturbations.Mask.Gaussian(
            Height, Width, Width * random.NextDouble(), Height * random.NextDouble(), 0.1 + (Width * random.NextDouble())),
        _ => global::RobustPruning.Perturbations.Mask.Polygon(
            Height, Width, [(0, 0), (Width * random.NextDouble(), 0), (Width, Height), (0.3, Height * random.NextDouble())], 0.5),
    };

    private ParameterBox Coefficients(int count)
    {
        double[] size = [.. Enumerable.Range(0, count).Select(_ => Size())];
        return new ParameterBox([.. size.Select(value => -value)], size);
    }

    private double Size() => Math.Pow(10, (-3 * random.NextDouble()) - 0.3);
}
