using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// The move of an affine warp: the image at <c>c + K(−k) R(−φ) (p − c − t) / (1 + s)</c>, bilinear between four pixels, less the image at p.
/// </summary>
internal sealed class ProofWarp(AffineWarp warp, Tensor image) : ProofPixels(image)
{
    // Beyond so many cells slopes are not looked up one by one.
    private const int MostCells = 64;

    private readonly double _steepest = 2 * image.abs().max().item<double>();

    public override OutwardInterval Value(int value, OutwardInterval[] theta)
    {
        var (x, y) = Source(value, theta, null);
        OutwardInterval? hull = null;
        foreach (var (column, row) in Cells(x, y) ?? throw new InvalidOperationException("A single θ reaches over many cells."))
        {
            var (origin, right, below, across) = Corners(value, column, row);
            OutwardInterval shareX = Share(x, column), shareY = Share(y, row);
            var found = origin + ((right - origin) * shareX) + ((below - origin) * shareY) + ((across - below - (right - origin)) * (shareX * shareY));
            hull = hull?.Hull(found) ?? found;
        }

        return hull!.Value - Image[value];
    }

    public override void Slopes(int value, OutwardInterval[] theta, OutwardInterval[] slopes)
    {
        var paths = new (OutwardInterval X, OutwardInterval Y)[slopes.Length];
        var (x, y) = Source(value, theta, paths);
        OutwardInterval? alongX = null, alongY = null;
        if (Cells(x, y) is not { } cells)
        {
            alongX = alongY = new OutwardInterval(-_steepest, _steepest);
        }
        else
        {
            foreach (var (column, row) in cells)
            {
                var (origin, right, below, across) = Corners(value, column, row);
                var twist = across - below - (right - origin);
                OutwardInterval slopeX = right - origin + (twist * Share(y, row)), slopeY = below - origin + (twist * Share(x, column));
                (alongX, alongY) = (alongX?.Hull(slopeX) ?? slopeX, alongY?.Hull(slopeY) ?? slopeY);
            }
        }

        for (var k = 0; k < slopes.Length; k++)
            slopes[k] = (alongX!.Value * paths[k].X) + (alongY!.Value * paths[k].Y);
    }

    /// <summary>Where a pixel takes its value from, and the derivatives of that.</summary>
    private (OutwardInterval X, OutwardInterval Y) Source(int value, OutwardInterval[] theta, (OutwardInterval X, OutwardInterval Y)[]? paths)
    {
        OutwardInterval angle = Of(WarpParameter.Rotation) * OutwardInterval.Radian, sine = angle.Sine(), cosine = angle.Cosine(), shear = Of(WarpParameter.Shear);
        double middleX = (Width - 1) / 2.0, middleY = (Height - 1) / 2.0;
        OutwardInterval fromX = (value % Width) - middleX - Of(WarpParameter.TranslationX), fromY = (value / Width % Height) - middleY - Of(WarpParameter.TranslationY);
        OutwardInterval turnedX = (cosine * fromX) + (sine * fromY), turnedY = (cosine * fromY) - (sine * fromX), shrink = 1 / (Of(WarpParameter.Scale) + 1);
        OutwardInterval straight = turnedX - (shear * turnedY), x = middleX + (shrink * straight), y = middleY + (shrink * turnedY);
        for (var k = 0; paths is not null && k < paths.Length; k++)
        {
            paths[k] = warp.Kinds[k] switch
            {
                WarpParameter.Rotation => (shrink * (turnedY + (shear * turnedX)) * OutwardInterval.Radian, -(shrink * turnedX) * OutwardInterval.Radian),
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

    /// <summary>The cells that a rectangle touches; null if they are many.</summary>
    private List<(int Column, int Row)>? Cells(OutwardInterval x, OutwardInterval y)
    {
        if (!(x.Width + y.Width < MostCells) || (Math.Floor(x.Upper) - Math.Floor(x.Lower) + 1) * (Math.Floor(y.Upper) - Math.Floor(y.Lower) + 1) > MostCells)
            return null;
        return [.. from row in Between(y) from column in Between(x) select (column, row)];

        static IEnumerable<int> Between(OutwardInterval place) => Enumerable.Range((int)Math.Floor(place.Lower), (int)(Math.Floor(place.Upper) - Math.Floor(place.Lower)) + 1);
    }

    private (OutwardInterval Origin, OutwardInterval Right, OutwardInterval Below, OutwardInterval Across) Corners(int value, int column, int row)
    {
        var channel = value / (Height * Width);
        return (Pixel(column, row), Pixel(column + 1, row), Pixel(column, row + 1), Pixel(column + 1, row + 1));

        double Pixel(int x, int y)
        {
            if (warp.Edges == WarpEdges.Zero && (x < 0 || y < 0 || x >= Width || y >= Height))
                return 0;
            (x, y) = (Inside(x, Width), Inside(y, Height));
            return Image[(((channel * Height) + y) * Width) + x];
        }
    }

    private int Inside(int place, int size)
    {
        while (place < 0 || place >= size)
        {
            if (warp.Edges == WarpEdges.Border)
                place = Math.Clamp(place, 0, size - 1);
            else
                place = place < 0 ? -1 - place : (2 * size) - 1 - place;
        }

        return place;
    }

    /// <summary>Where a place lies in a cell, from 0 to 1.</summary>
    private static OutwardInterval Share(OutwardInterval place, int cell)
    {
        var share = place - cell;
        return new(Math.Clamp(share.Lower, 0, 1), Math.Clamp(share.Upper, 0, 1));
    }
}
