namespace RobustPruning.Perturbations;

/// <summary>
/// The paths of an affine warp about the image's centre c: pixel p shows <c>u = c + σ K(−k) R(−φ) (p − c − t)</c>, σ = 1 / (1 + s), with
/// the rotation R and the shear K. Second derivatives are bounded by norms: R keeps lengths, K grows them by at most 1 + |k|.
/// </summary>
internal sealed class WarpPaths(IReadOnlyList<WarpParameter> kinds, int height, int width) : IPixelPaths
{
    private const double Radian = Math.PI / 180;

    private readonly int _rotation = Index(kinds, WarpParameter.Rotation);
    private readonly int _moveX = Index(kinds, WarpParameter.TranslationX);
    private readonly int _moveY = Index(kinds, WarpParameter.TranslationY);
    private readonly int _scale = Index(kinds, WarpParameter.Scale);
    private readonly int _shear = Index(kinds, WarpParameter.Shear);

    public int Parameters => kinds.Count;

    public void Follow(int column, int row, ReadOnlySpan<double> centre, ReadOnlySpan<double> half, PathSegment segment)
    {
        double middleX = (width - 1) / 2.0, middleY = (height - 1) / 2.0;
        double qx = column - middleX - At(centre, _moveX), qy = row - middleY - At(centre, _moveY);
        var (sine, cosine) = Math.SinCos(At(centre, _rotation) * Radian);
        double zx = (cosine * qx) + (sine * qy),
            zy = (cosine * qy) - (sine * qx),
            shear = At(centre, _shear),
            inverse = 1 / (1 + At(centre, _scale));
        segment.X = middleX + (inverse * (zx - (shear * zy)));
        segment.Y = middleY + (inverse * zy);
        Set(segment, _rotation, inverse * (zy + (shear * zx)) * Radian, -inverse * zx * Radian);
        Set(segment, _moveX, -inverse * (cosine + (shear * sine)), inverse * sine);
        Set(segment, _moveY, inverse * ((shear * cosine) - sine), -inverse * cosine);
        Set(segment, _scale, -inverse * inverse * (zx - (shear * zy)), -inverse * inverse * zy);
        Set(segment, _shear, -inverse * zy, 0);

        // The greatest of all in the box.
        double turn = At(half, _rotation) * Radian,
            moveX = At(half, _moveX),
            moveY = At(half, _moveY),
            grow = At(half, _scale),
            slant = At(half, _shear);
        var length = double.Hypot(Math.Abs(qx) + moveX, Math.Abs(qy) + moveY);
        double least = 1 + At(centre, _scale) - grow,
            most = least > 0 ? 1 / least : double.PositiveInfinity,
            norm = 1 + Math.Abs(shear) + slant;
        segment.Magnitude = (middleX + middleY + width + height + (most * norm * length) + (most * (moveX + moveY))) * (1 + (most * norm));

        // Each second derivative times the half widths; of x, for y the shear is left out.
        double move = moveX + moveY, slanted = most * slant * ((turn * length) + move + (most * grow * length));
        var straight =
            (most * ((turn * turn * length / 2) + (turn * move)))
            + (most * most * grow * ((turn * length) + move + (most * grow * length)));
        segment.BendX = (norm * straight) + slanted;
        segment.BendY = straight;

        // The change of each first derivative: a row of second derivatives times the half widths.
        var turned = most * ((turn * length) + move + (most * grow * length));
        SetTurn(segment, _rotation, (norm * turned) + (most * slant * length), turned, Radian);
        var moved = most * (turn + (most * grow));
        SetTurn(segment, _moveX, (norm * moved) + (most * slant), moved, 1);
        SetTurn(segment, _moveY, (norm * moved) + (most * slant), moved, 1);
        var grown = most * most * ((turn * length) + move + (2 * most * grow * length));
        SetTurn(segment, _scale, (norm * grown) + (most * most * slant * length), grown, 1);
        SetTurn(segment, _shear, most * ((turn * length) + move + (most * grow * length)), 0, 1);
    }

    private static double At(ReadOnlySpan<double> values, int index) => index < 0 ? 0 : values[index];

    private static void Set(PathSegment segment, int index, double x, double y)
    {
        if (index >= 0)
            (segment.SlopeX[index], segment.SlopeY[index]) = (x, y);
    }

    private static void SetTurn(PathSegment segment, int index, double x, double y, double unit)
    {
        if (index >= 0)
            (segment.TurnX[index], segment.TurnY[index]) = (x * unit, y * unit);
    }

    private static int Index(IReadOnlyList<WarpParameter> kinds, WarpParameter kind) => kinds.ToList().IndexOf(kind);
}
