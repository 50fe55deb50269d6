using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// The move of a camera: the image at the projection of <c>s R r + t</c> less the image at p, r the ray of the moved camera through p and s
/// such that the point lies on the plane of what p shows.
/// </summary>
internal sealed class ProofCamera(CameraMotion motion, Tensor image) : ProofBilinear(image, motion.Edges)
{
    public override OutwardInterval Value(int value, OutwardInterval[] theta)
    {
        var (x, y, z, _, _, _) = Point(value, theta[0]);
        return At(value, Seen(x / z, motion.Camera.FocalX, motion.Camera.CentreX), Seen(y / z, motion.Camera.FocalY, motion.Camera.CentreY))
            - Image[value];
    }

    public override void Slopes(int value, OutwardInterval[] theta, OutwardInterval[] slopes)
    {
        var (x, y, z, slopeX, slopeY, slopeZ) = Point(value, theta[0]);
        OutwardInterval seenX = x / z, seenY = y / z;
        var (alongX, alongY) = Gradient(
            value,
            Seen(seenX, motion.Camera.FocalX, motion.Camera.CentreX),
            Seen(seenY, motion.Camera.FocalY, motion.Camera.CentreY));
        slopes[0] =
            (alongX * motion.Camera.FocalX * (slopeX - (seenX * slopeZ)) / z)
            + (alongY * motion.Camera.FocalY * (slopeY - (seenY * slopeZ)) / z);
    }

    private static OutwardInterval Seen(OutwardInterval ratio, double focal, double centre) => centre + (focal * ratio);

    /// <summary>The point but for a positive factor, and its derivatives; a rotation's does not depend on the depth.</summary>
    private (
        OutwardInterval X, OutwardInterval Y, OutwardInterval Z, OutwardInterval SlopeX, OutwardInterval SlopeY,
        OutwardInterval SlopeZ) Point(int value, OutwardInterval t)
    {
        int column = value % Width, row = value / Width % Height;
        OutwardInterval rayX = ((OutwardInterval)column - motion.Camera.CentreX) / motion.Camera.FocalX,
            rayY = ((OutwardInterval)row - motion.Camera.CentreY) / motion.Camera.FocalY;
        OutwardInterval angle = t * OutwardInterval.Radian,
            sine = angle.Sine(),
            cosine = angle.Cosine(),
            fall = -(sine * OutwardInterval.Radian),
            rise = cosine * OutwardInterval.Radian;
        var (normalX, normalY, normalZ, distance) = motion.Depth.PlaneAt(column, row);
        var towards = (normalX * rayX) + (normalY * rayY) + normalZ;
        switch (motion.Parameter)
        {
            case CameraParameter.Roll:
                return (
                    (cosine * rayX) - (sine * rayY), (sine * rayX) + (cosine * rayY), 1, (fall * rayX) - (rise * rayY),
                    (rise * rayX) + (fall * rayY), 0);
            case CameraParameter.Pitch:
                return (rayX, (cosine * rayY) - sine, (sine * rayY) + cosine, 0, (fall * rayY) - rise, (rise * rayY) + fall);
            case CameraParameter.Yaw:
                return ((cosine * rayX) + sine, rayY, cosine - (sine * rayX), (fall * rayX) + rise, 0, fall - (rise * rayX));

            // s is (distance − n · t) / (n · r): the point times n · r, which is positive.
            case CameraParameter.TranslationX:
                var leftX = distance - (t * normalX);
                return ((leftX * rayX) + (t * towards), leftX * rayY, leftX, towards - (normalX * rayX), -(normalX * rayY), -normalX);
            case CameraParameter.TranslationY:
                var leftY = distance - (t * normalY);
                return (leftY * rayX, (leftY * rayY) + (t * towards), leftY, -(normalY * rayX), towards - (normalY * rayY), -normalY);
            default:
                var leftZ = distance - (t * normalZ);
                return (leftZ * rayX, leftZ * rayY, leftZ + (t * towards), -(normalZ * rayX), -(normalZ * rayY), towards - normalZ);
        }
    }
}
