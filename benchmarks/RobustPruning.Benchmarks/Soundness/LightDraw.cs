using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>Draws images, sets of all transforms, and boxes.</summary>
internal sealed class LightDraw(Choices choices)
{
    /// <summary>An image in [0, 1], <c>[C, H, W]</c>, in 64-bit numbers; most hold no more digits than 32 bits do.</summary>
    public Tensor Image()
    {
        long[] shape = [1 + choices.Below(3), 1 + choices.Below(7), 1 + choices.Below(7)];
        var image = Image(shape);
        if (choices.OneIn(4))
            return image;
        using (image)
        using (var narrow = image.to(float32))
            return narrow.to(float64);
    }

    /// <summary>Any transforms of up to five parameters, in one stage or more, with or without noise, clip and rounding.</summary>
    public SemanticSet Set(long[] shape)
    {
        List<ISemanticTransform> first = [Transform(shape)];
        while (first.Count < 3 && choices.More(2))
            first.Add(Transform(shape));
        var set = SemanticSet.Of(first);
        while (set.Dimension < 4 && !choices.More(4))
            set = set.Then(choices.OneIn(3) ? [Affine(shape), new Brightness(-Size(), Size())] : [Affine(shape)]);
        if (choices.OneIn(3))
            set = choices.OneIn(3) ? set.WithNoise(NoiseRadii.Of(Radii(shape))) : set.WithNoise(Size() / 3);
        if (choices.OneIn(4))
            set = set.WithEightBitRounding();
        return choices.OneIn(3) ? set.WithoutClip() : set;
    }

    /// <summary>One box or more of a set: all of it, a part, sides of no width.</summary>
    public ParameterBox[] Boxes(SemanticSet set)
    {
        List<ParameterBox> boxes = [Box(set.Box)];
        while (boxes.Count < 3 && choices.More(2))
            boxes.Add(Box(set.Box));
        return [.. boxes];
    }

    private ParameterBox Box(ParameterBox whole)
    {
        var sides = Enumerable.Range(0, whole.Dimension).Select(k => Side(whole.Lower[k], whole.Upper[k])).ToList();
        return new ParameterBox([.. sides.Select(side => side.Low)], [.. sides.Select(side => side.High)]);
    }

    private (double Low, double High) Side(double low, double high)
    {
        var kind = choices.Below(8);
        if (kind < 3)
            return (low, high);
        double first = Between(low, high, choices.Unit()), second = kind == 3 ? first
            : kind == 4 ? first + ((high - first) * 1e-6)
            : Between(low, high, choices.Unit());
        return (Math.Min(first, second), Math.Max(first, second));
    }

    private Tensor Image(long[] shape)
    {
        var random = choices.Numbers();
        var kind = choices.Below(8);
        var values = Enumerable.Range(0, (int)(shape[0] * shape[1] * shape[2])).Select(_ => (kind, random.NextDouble()) switch
        {
            (0, _) => 0.5,
            (1 or 2, var value) => Math.Clamp((value * 1.4) - 0.2, 0, 1),
            (3, var value) => value,
            (4, _) => 0,
            (5, _) => 1,
            (6, var value) => Math.Round(value * 3) / 3,

            // Too small for all digits of 32-bit numbers, next to the edges, and on them.
            (_, var value) => ((int)(value * 1000) % 5) switch {
                0 => 1e-40 * value, 1 => 1 - (1.0 / (1 << 24)), 2 => 1e-310, 3 => 0, _ => value },
        }).ToArray();
        return tensor(values, shape, dtype: float64);
    }

    private ISemanticTransform Transform(long[] shape)
    {
        if (!choices.OneIn(3))
            return Affine(shape);
        switch (choices.Below(6))
        {
            case 3:
                var kinds = Enum.GetValues<WarpParameter>();
                var first = choices.Below(kinds.Length);
                var second = (first + 1) % kinds.Length;
                return choices.OneIn(2) ? AffineWarp.Of(choices.Pick(Enum.GetValues<WarpEdges>()), Range(kinds[first]))
                    : AffineWarp.Of(choices.Pick(Enum.GetValues<WarpEdges>()), Range(kinds[first]), Range(kinds[second]));
            case 4: return choices.OneIn(2) ? new MotionBlur(0, Size(), 360 * choices.Unit()) : new Defocus(0, Size());
            case 5: return Camera(shape);
            case 0: return new GammaCorrection(-Size(), Size());
            case 1: return new MovingShadow(
                new ParameterBox([-Size(), -Size()], [Size(), Size()]), 360 * choices.Unit(), choices.Unit(), 0.1 + choices.Unit());
            default:
                double[] shifts = [-1, -0.3 * (0.1 + choices.Unit()), 0, 0.1 + (0.3 * choices.Unit()), 1];
                return new ColourTemperature(
                    -Size(),
                    Size(),
                    shifts,
                    [
                        .. shifts.Select(shift =>
                            Enumerable.Range(0, (int)shape[0]).Select(_ => shift == 0 ? 1 : 0.5 + choices.Unit()).ToArray()),
                    ]);
        }
    }

    /// <summary>A motion small enough that every pixel sees the scene before it.</summary>
    private CameraMotion Camera(long[] shape)
    {
        var (height, width) = ((int)shape[1], (int)shape[2]);
        var camera = new PinholeCamera(
            width * (1 + choices.Unit()), height * (1 + choices.Unit()), (width - 1) * (0.25 + (0.5 * choices.Unit())),
            (height - 1) * (0.25 + (0.5 * choices.Unit())));
        var parameter = choices.Pick(Enum.GetValues<CameraParameter>());
        var size = Size() * (parameter is CameraParameter.Roll or CameraParameter.Pitch or CameraParameter.Yaw ? 20 : 0.3);
        return new CameraMotion(parameter, -size, size, camera, Depth(height, width), choices.Pick(Enum.GetValues<WarpEdges>()));
    }

    private SceneDepth Depth(int height, int width)
    {
        if (choices.OneIn(2))
            return SceneDepth.Plane(1 + choices.Unit(), 0.2 * (choices.Unit() - 0.5), 0.2 * (choices.Unit() - 0.5));
        var random = choices.Numbers();
        float[] depths = [.. Enumerable.Range(0, height * width).Select(_ => (float)(1 + random.NextDouble()))];
        using var map = tensor(depths, [height, width]);
        return SceneDepth.Map(map);
    }

    private (WarpParameter Parameter, double Lower, double Upper) Range(WarpParameter parameter)
    {
        var size = Size() * (parameter == WarpParameter.Rotation ? 20 : 1);
        return (parameter, -size, size);
    }

    private AffineTransform Affine(long[] shape)
    {
        // A mirror needs pixels to mirror.
        var edges = shape[1] > 3 && shape[2] > 3 ? choices.Pick(Enum.GetValues<BlurEdges>()) : BlurEdges.Replicate;
        switch (choices.Below(12))
        {
            case 8: return new BiasField(-Size(), Size(), 1, choices.Pick(Enum.GetValues<BiasFieldKind>()));
            case 9: return new Vignette(-Size(), Size(), choices.Unit(), choices.Unit(), 0.5 + choices.Unit());
            case 10: return new WhiteBalance(-Size(), Size(), (int)shape[0]);
            case 11:
                var mask = Mask.HalfPlane((int)shape[1], (int)shape[2], 360 * choices.Unit(), choices.Unit(), 0.1 + choices.Unit());
                return choices.OneIn(2) ? new Shadow(-Size(), Size(), mask) : new LightSpot(0, Size(), mask, choices.Unit());
            case 0: return new Brightness(-Size(), Size());
            case 1: return new Contrast(-Size(), Size(), choices.Pick(Enum.GetValues<ContrastPivot>()));
            case 2: return new Haze(0, Size(), [.. Enumerable.Range(0, choices.Pick(1, (int)shape[0])).Select(_ => choices.Unit())]);
            case 3: return shape[0] == 3 ? new Saturation(-Size(), Size()) : new Haze(-Size(), Size());
            case 4: return Blur.Box(-Size(), Size(), 3, edges);
            case 5: return Blur.Gaussian(0, Size(), 0.3 + (0.6 * choices.Unit()), edges);
            case 6: return new EntryShift([choices.Below((int)(shape[0] * shape[1] * shape[2]))], new ParameterBox([-Size()], [Size()]));
            default:
                using (NewDisposeScope())
                    return new ConvexHull([.. Enumerable.Range(0, choices.Pick(1, 2)).Select(_ => Image(shape))]);
        }
    }

    /// <summary>A radius of noise for each value, many of them zero.</summary>
    private double[] Radii(long[] shape)
    {
        var (random, size) = (choices.Numbers(), Size() / 3);
        return
        [
            .. Enumerable.Range(0, (int)(shape[0] * shape[1] * shape[2])).Select(_ => random.Next(3) == 0 ? 0 : size * random.NextDouble()),
        ];
    }

    // A half to a thousandth, or hardly anything.
    private double Size() => choices.OneIn(12) ? Math.Pow(10, -6 - (30 * choices.Unit())) : Math.Pow(10, (-3 * choices.Unit()) - 0.3);

    private static double Between(double low, double high, double share) => Math.Clamp(low + (share * (high - low)), low, high);
}
