using RobustPruning.Numerics;
using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>
/// How far the scene moves a keypoint, in interval arithmetic from the transforms' definitions: an affine warp takes p to
/// <c>c + t + (1 + s) R(φ) K(k) (p − c)</c>; a camera sees a point of the scene from elsewhere. The search's own code for it is not used.
/// </summary>
/// <param name="set">The set; one transform of it moves the scene.</param>
/// <param name="height">The image's height.</param>
/// <param name="width">The image's width.</param>
internal sealed class ProofKeypoints(SemanticSet set, int height, int width)
{
    // A box is cut at most so often for one coordinate: where it neither only rises nor only falls, parts are this much smaller.
    private const int MostCuts = 8;

    /// <summary>The output's bounds over a leaf less how far each keypoint moves; those of a keypoint without a label stay.</summary>
    /// <param name="bounds">Bounds of the coordinates.</param>
    /// <param name="leaf">The leaf.</param>
    /// <param name="reference">Where the keypoints are in the clean image.</param>
    public OutputBounds Less(OutputBounds bounds, ParameterBox leaf, IReadOnlyList<double> reference)
    {
        double[] lower = [.. bounds.Lower], upper = [.. bounds.Upper];
        for (var value = 0; value < lower.Length; value++)
        {
            var move = Move(leaf, reference, value);
            (lower[value], upper[value]) = (Math.BitDecrement(lower[value] - move.Upper), Math.BitIncrement(upper[value] - move.Lower));
        }

        return bounds with { Lower = lower, Upper = upper };
    }

    /// <summary>How far a coordinate of a keypoint moves over a box, rounded outwards.</summary>
    /// <param name="box">The box of all parameters.</param>
    /// <param name="reference">Where the keypoints are in the clean image.</param>
    /// <param name="value">The coordinate's index: 2k for x, 2k + 1 for y.</param>
    public OutwardInterval Move(ParameterBox box, IReadOnlyList<double> reference, int value)
    {
        double x = reference[value / 2 * 2], y = reference[(value / 2 * 2) + 1];
        if (double.IsNaN(x) || double.IsNaN(y))
            return 0;
        var first = 0;
        foreach (var transform in set.Transforms)
        {
            OutwardInterval[] Own() =>
                [.. Enumerable.Range(first, transform.Parameters.Count).Select(k => new OutwardInterval(box.Lower[k], box.Upper[k]))];
            switch (transform)
            {
                case AffineWarp warp: return Range(theta => Warped(warp, theta, x, y, value % 2), Own(), MostCuts);
                case CameraMotion motion: return Range(theta => Seen(motion, theta[0], x, y, value % 2), Own(), MostCuts);
            }

            first += transform.Parameters.Count;
        }

        throw new CertificateException($"Nothing moves the scene in '{set}'.");
    }

    /// <summary>
    /// The range of a function from its values and slopes: where it only rises or only falls along a side, the ends of that side tell.
    /// Elsewhere the box is cut, and at last the middle and all slopes tell.
    /// </summary>
    private static OutwardInterval Range(
        Func<OutwardInterval[], (OutwardInterval Value, OutwardInterval[] Slopes)> function,
        OutwardInterval[] box,
        int cuts)
    {
        var (whole, slopes) = function(box);
        OutwardInterval[] least = [.. box], most = [.. box];
        var (widest, spread) = (-1, (OutwardInterval)0);
        for (var k = 0; k < box.Length; k++)
        {
            var middle = Math.Clamp(box[k].Lower + ((box[k].Upper - box[k].Lower) / 2), box[k].Lower, box[k].Upper);
            var (rises, falls) = (slopes[k].Lower >= 0, slopes[k].Upper <= 0);
            least[k] = rises ? box[k].Lower : falls ? box[k].Upper : middle;
            most[k] = rises ? box[k].Upper : falls ? box[k].Lower : middle;
            if (rises || falls)
                continue;
            spread += slopes[k] * (box[k] - middle);
            if (box[k].Lower < middle
                && middle < box[k].Upper
                && (widest < 0 || (slopes[k] * box[k].Width).Width > (slopes[widest] * box[widest].Width).Width))
                widest = k;
        }

        if (widest >= 0 && cuts > 0)
        {
            OutwardInterval[] low = [.. box], high = [.. box];
            low[widest] = new(box[widest].Lower, least[widest].Lower);
            high[widest] = new(least[widest].Lower, box[widest].Upper);
            return Range(function, low, cuts - 1).Hull(Range(function, high, cuts - 1));
        }

        var found = new OutwardInterval(function(least).Value.Lower, function(most).Value.Upper) + spread;
        return new(Math.Max(found.Lower, whole.Lower), Math.Min(found.Upper, whole.Upper));
    }

    private (OutwardInterval Value, OutwardInterval[] Slopes) Warped(AffineWarp warp, OutwardInterval[] theta, double x, double y, int axis)
    {
        OutwardInterval u = (OutwardInterval)x - ((width - 1) / 2.0), v = (OutwardInterval)y - ((height - 1) / 2.0);
        OutwardInterval angle = 0, right = 0, down = 0, grown = 1, shear = 0;
        for (var k = 0; k < theta.Length; k++)
        {
            switch (warp.Kinds[k])
            {
                case WarpParameter.Rotation: angle = theta[k] * OutwardInterval.Radian; break;
                case WarpParameter.TranslationX: right = theta[k]; break;
                case WarpParameter.TranslationY: down = theta[k]; break;
                case WarpParameter.Scale: grown = theta[k] + 1; break;
                default: shear = theta[k]; break;
            }
        }

        // Along x it is the cosine of what is sheared less the sine of v, along y the other way round.
        OutwardInterval sheared = u + (shear * v), cosine = angle.Cosine(), sine = angle.Sine();
        var turned = axis == 0 ? (cosine * sheared) - (sine * v) : (sine * sheared) + (cosine * v);
        var across = axis == 0 ? -((sine * sheared) + (cosine * v)) : (cosine * sheared) - (sine * v);
        var slopes = new OutwardInterval[theta.Length];
        for (var k = 0; k < slopes.Length; k++)
        {
            slopes[k] = warp.Kinds[k] switch
            {
                WarpParameter.Rotation => grown * across * OutwardInterval.Radian,
                WarpParameter.TranslationX => 1 - axis,
                WarpParameter.TranslationY => axis,
                WarpParameter.Scale => turned,
                _ => grown * v * (axis == 0 ? cosine : sine),
            };
        }

        return ((axis == 0 ? right : down) + (grown * turned) - (axis == 0 ? u : v), slopes);
    }

    private static (OutwardInterval Value, OutwardInterval[] Slopes) Seen(
        CameraMotion motion, OutwardInterval t, double x, double y, int axis)
    {
        var camera = motion.Camera;
        OutwardInterval rayX = ((OutwardInterval)x - camera.CentreX) / camera.FocalX,
            rayY = ((OutwardInterval)y - camera.CentreY) / camera.FocalY;
        OutwardInterval angle = t * OutwardInterval.Radian,
            sine = angle.Sine(),
            cosine = angle.Cosine(),
            fall = -(sine * OutwardInterval.Radian),
            rise = cosine * OutwardInterval.Radian;
        var (normalX, normalY, normalZ, distance) = motion.Depth.PlaneAt(x, y);
        var towards = (normalX * rayX) + (normalY * rayY) + normalZ;

        // The point in the moved camera's axes, but for a positive factor, and its derivatives, along one axis of the image and along z:
        // turned back, or moved against the camera.
        var ray = axis == 0 ? rayX : rayY;
        (OutwardInterval Along, OutwardInterval Slope, OutwardInterval Z, OutwardInterval SlopeZ) point = (motion.Parameter, axis) switch
        {
            (CameraParameter.Roll, 0) => ((cosine * rayX) + (sine * rayY), (fall * rayX) + (rise * rayY), 1, 0),
            (CameraParameter.Roll, _) => ((cosine * rayY) - (sine * rayX), (fall * rayY) - (rise * rayX), 1, 0),
            (CameraParameter.Pitch, 0) => (rayX, 0, cosine - (sine * rayY), fall - (rise * rayY)),
            (CameraParameter.Pitch, _) => ((cosine * rayY) + sine, (fall * rayY) + rise, cosine - (sine * rayY), fall - (rise * rayY)),
            (CameraParameter.Yaw, 0) => ((cosine * rayX) - sine, (fall * rayX) - rise, cosine + (sine * rayX), fall + (rise * rayX)),
            (CameraParameter.Yaw, _) => (rayY, 0, cosine + (sine * rayX), fall + (rise * rayX)),
            (CameraParameter.TranslationZ, _) => (distance * ray, 0, distance - (t * towards), -towards),
            (CameraParameter.TranslationX, 0) or (CameraParameter.TranslationY, 1) =>
                ((distance * ray) - (t * towards), -towards, distance, 0),
            _ => (distance * ray, 0, distance, 0),
        };
        var (along, slope, z, slopeZ) = point;
        if (!(z.Lower > 0))
            throw new CertificateException(FormattableString.Invariant($"The keypoint at ({x}, {y}) lies behind the camera."));
        var (focal, centre) = axis == 0 ? (camera.FocalX, camera.CentreX) : (camera.FocalY, camera.CentreY);
        var ratio = along / z;
        return (centre + (focal * ratio) - (axis == 0 ? x : y), [focal * (slope - (ratio * slopeZ)) / z]);
    }
}
