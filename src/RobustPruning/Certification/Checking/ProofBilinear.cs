using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>An image between its pixels, bilinear between four of them, in interval arithmetic.</summary>
/// <param name="image">The clean image.</param>
/// <param name="edges">What lies over the edges.</param>
internal abstract class ProofBilinear(Tensor image, WarpEdges edges) : ProofPixels(image)
{
    // Beyond so many cells slopes are not looked up one by one.
    private const int MostCells = 64;

    private readonly double _greatest = image.abs().max().item<double>();

    /// <summary>The value's channel anywhere in a rectangle.</summary>
    protected OutwardInterval At(int value, OutwardInterval x, OutwardInterval y)
    {
        OutwardInterval? hull = null;
        var small = IsSmall(x, y);
        for (var row = (int)Math.Floor(y.Lower); small && row <= y.Upper; row++)
        {
            for (var column = (int)Math.Floor(x.Lower); column <= x.Upper; column++)
            {
                var (origin, right, below, across) = Corners(value, column, row);
                OutwardInterval shareX = Share(x, column), shareY = Share(y, row);
                var found =
                    origin
                    + ((right - origin) * shareX)
                    + ((below - origin) * shareY)
                    + ((across - below - (right - origin)) * (shareX * shareY));
                hull = hull?.Hull(found) ?? found;
            }
        }

        return hull ?? new(-_greatest, _greatest);
    }

    /// <summary>All derivatives of the value's channel in a rectangle.</summary>
    protected (OutwardInterval X, OutwardInterval Y) Gradient(int value, OutwardInterval x, OutwardInterval y)
    {
        OutwardInterval? alongX = null, alongY = null;
        var small = IsSmall(x, y);
        for (var row = (int)Math.Floor(y.Lower); small && row <= y.Upper; row++)
        {
            for (var column = (int)Math.Floor(x.Lower); column <= x.Upper; column++)
            {
                var (origin, right, below, across) = Corners(value, column, row);
                var twist = across - below - (right - origin);
                OutwardInterval slopeX = right - origin + (twist * Share(y, row)), slopeY = below - origin + (twist * Share(x, column));
                (alongX, alongY) = (alongX?.Hull(slopeX) ?? slopeX, alongY?.Hull(slopeY) ?? slopeY);
            }
        }

        var anything = new OutwardInterval(-2 * _greatest, 2 * _greatest);
        return (alongX ?? anything, alongY ?? anything);
    }

    /// <summary>Whether a rectangle touches few cells.</summary>
    private static bool IsSmall(OutwardInterval x, OutwardInterval y) => x.Width + y.Width < MostCells
        && (Math.Floor(x.Upper) - Math.Floor(x.Lower) + 1) * (Math.Floor(y.Upper) - Math.Floor(y.Lower) + 1) <= MostCells;

    private (OutwardInterval Origin, OutwardInterval Right, OutwardInterval Below, OutwardInterval Across) Corners(
        int value,
        int column,
        int row)
    {
        var channel = value / (Height * Width);
        return (Pixel(column, row), Pixel(column + 1, row), Pixel(column, row + 1), Pixel(column + 1, row + 1));

        double Pixel(int x, int y)
        {
            if (edges == WarpEdges.Zero && (x < 0 || y < 0 || x >= Width || y >= Height))
                return 0;
            (x, y) = (Inside(x, Width), Inside(y, Height));
            return Image[(((channel * Height) + y) * Width) + x];
        }
    }

    private int Inside(int place, int size)
    {
        while (place < 0 || place >= size)
        {
            if (edges == WarpEdges.Border)
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
