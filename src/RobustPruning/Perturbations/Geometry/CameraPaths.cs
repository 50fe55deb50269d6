namespace RobustPruning.Perturbations;

/// <summary>
/// The paths of a camera's motion along one parameter of its pose: each pixel's point is seen in the reference view at <c>c + f P(t) /
/// P_z(t)</c>.
/// </summary>
/// <param name="motion">The motion.</param>
/// <param name="height">The image's height.</param>
/// <param name="width">The image's width.</param>
internal sealed class CameraPaths(CameraMotion motion, int height, int width) : IPixelPaths
{
    // What no path reaches; sums of it stay finite.
    private const double Anywhere = 1e100;

    public int Parameters => 1;

    public void Follow(int column, int row, ReadOnlySpan<double> centre, ReadOnlySpan<double> half, PathSegment segment)
    {
        var (path, reach) = (motion.PathOf(column, row), half[0]);
        var factors = path.Factors(centre[0]);
        var (z, slopeZ, most) = Along(path, path.A.Z, path.B.Z, path.C.Z, factors, reach);
        var least = z - (most * reach);
        (segment.X, segment.SlopeX[0], segment.TurnX[0], var magnitudeX) = Seen(path, path.A.X, path.B.X, path.C.X);
        (segment.Y, segment.SlopeY[0], segment.TurnY[0], var magnitudeY) = Seen(path, path.A.Y, path.B.Y, path.C.Y);
        var camera = motion.Camera;
        (segment.X, segment.Y) = (camera.CentreX + (camera.FocalX * segment.X), camera.CentreY + (camera.FocalY * segment.Y));
        (segment.SlopeX[0], segment.SlopeY[0]) = (camera.FocalX * segment.SlopeX[0], camera.FocalY * segment.SlopeY[0]);
        (segment.TurnX[0], segment.TurnY[0]) = (
            Math.Min(camera.FocalX * segment.TurnX[0], Anywhere),
            Math.Min(camera.FocalY * segment.TurnY[0], Anywhere));
        (segment.BendX, segment.BendY) = (segment.TurnX[0] * reach / 2, segment.TurnY[0] * reach / 2);

        // Coefficients are rounded too, and an angle's rounding counts as often as the angle is large.
        segment.Magnitude =
            (4 + Math.Abs(centre[0]) + reach)
            * (
                width
                + height
                + Math.Abs(camera.CentreX)
                + Math.Abs(camera.CentreY)
                + (camera.FocalX * magnitudeX)
                + (camera.FocalY * magnitudeY)
                + ((Math.Abs(segment.SlopeX[0]) + Math.Abs(segment.SlopeY[0])) * reach));

        // The ratio P / P_z at the centre, its derivative, how much that changes over the box at most, and what is added up for it.
        (double Value, double Slope, double Turn, double Magnitude) Seen(PosePath along, double a, double b, double c)
        {
            var (top, slope, greatest) = Along(along, a, b, c, factors, reach);
            double value = top / z, rate = (slope - (value * slopeZ)) / z;
            double size = Math.Abs(a) + (Math.Abs(b) * Math.Abs(factors.B)) + (Math.Abs(c) * Math.Abs(factors.C));
            double sizeZ = Math.Abs(path.A.Z) + (Math.Abs(path.B.Z) * Math.Abs(factors.B)) + (Math.Abs(path.C.Z) * Math.Abs(factors.C));
            var magnitude = (size / z) + (Math.Abs(value) * sizeZ / z);
            if (!(least > 0))
                return (value, rate, reach == 0 ? 0 : Anywhere, magnitude);
            var ratio = (Math.Abs(top) + (greatest * reach)) / least;
            var rates = (greatest + (ratio * most)) / least;
            var second = (along.Curvature(b, c) + (2 * rates * most) + (ratio * along.Curvature(path.B.Z, path.C.Z))) / least;
            return (value, rate, second * reach, magnitude);
        }
    }

    /// <summary>A component at the centre, its derivative, and no less than the derivative anywhere in the box.</summary>
    private static (double Value, double Slope, double Most) Along(
        PosePath path, double a, double b, double c, (double B, double C, double SlopeB, double SlopeC) factors, double half)
    {
        var slope = (b * factors.SlopeB) + (c * factors.SlopeC);
        return (PosePath.At(factors, a, b, c), slope, Math.Abs(slope) + (path.Curvature(b, c) * half));
    }
}
