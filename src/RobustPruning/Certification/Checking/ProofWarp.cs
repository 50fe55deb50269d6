using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>The move of an affine warp: the image at <c>c + K(−k) R(−φ) (p − c − t) / (1 + s)</c> less the image at p.</summary>
internal sealed class ProofWarp(AffineWarp warp, Tensor image) : ProofBilinear(image, warp.Edges)
{
    private readonly (OutwardInterval X, OutwardInterval Y)[] _paths = new (OutwardInterval, OutwardInterval)[warp.Kinds.Count];

    public override OutwardInterval Value(int value, OutwardInterval[] theta)
    {
        var (x, y) = Source(value, theta, null);
        return At(value, x, y) - Image[value];
    }

    public override void Slopes(int value, OutwardInterval[] theta, OutwardInterval[] slopes)
    {
        var (x, y) = Source(value, theta, _paths);
        var (alongX, alongY) = Gradient(value, x, y);
        for (var k = 0; k < slopes.Length; k++)
            slopes[k] = (alongX * _paths[k].X) + (alongY * _paths[k].Y);
    }

    /// <summary>Where a pixel takes its value from, and the derivatives of that.</summary>
    private (OutwardInterval X, OutwardInterval Y) Source(
        int value,
        OutwardInterval[] theta,
        (OutwardInterval X, OutwardInterval Y)[]? paths)
    {
        OutwardInterval angle = Of(WarpParameter.Rotation) * OutwardInterval.Radian,
            sine = angle.Sine(),
            cosine = angle.Cosine(),
            shear = Of(WarpParameter.Shear);
        double middleX = (Width - 1) / 2.0, middleY = (Height - 1) / 2.0;
        OutwardInterval fromX = (value % Width) - middleX - Of(WarpParameter.TranslationX),
            fromY = (value / Width % Height) - middleY - Of(WarpParameter.TranslationY);
        OutwardInterval turnedX = (cosine * fromX) + (sine * fromY),
            turnedY = (cosine * fromY) - (sine * fromX),
            shrink = 1 / (Of(WarpParameter.Scale) + 1);
        OutwardInterval straight = turnedX - (shear * turnedY), x = middleX + (shrink * straight), y = middleY + (shrink * turnedY);
        for (var k = 0; paths is not null && k < paths.Length; k++)
        {
            paths[k] = warp.Kinds[k] switch
            {
                WarpParameter.Rotation =>
                    (shrink * (turnedY + (shear * turnedX)) * OutwardInterval.Radian, -(shrink * turnedX) * OutwardInterval.Radian),
                WarpParameter.TranslationX => (-(shrink * (cosine + (shear * sine))), shrink * sine),
                WarpParameter.TranslationY => (shrink * ((shear * cosine) - sine), -(shrink * cosine)),
                WarpParameter.Scale => (-(shrink * shrink * straight), -(shrink * shrink * turnedY)),
                _ => (-(shrink * turnedY), 0),
            };
        }

        return (x, y);

        OutwardInterval Of(WarpParameter kind)
        {
            for (var k = 0; k < theta.Length; k++)
            {
                if (warp.Kinds[k] == kind)
                    return theta[k];
            }

            return 0;
        }
    }
}
