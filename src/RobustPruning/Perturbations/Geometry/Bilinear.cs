using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>Bilinear sampling as tensors: differentiable in the images and in the places.</summary>
internal static class Bilinear
{
    /// <summary>The values of images at places.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>, or <c>[1, C, H, W]</c> for all.</param>
    /// <param name="x">The columns, <c>[N, H, W]</c>; pixel centres are whole numbers.</param>
    /// <param name="y">The rows, <c>[N, H, W]</c>.</param>
    /// <param name="edges">What lies outside.</param>
    /// <returns><c>[N, C, H, W]</c>; the caller owns it.</returns>
    public static Tensor Sample(Tensor images, Tensor x, Tensor y, WarpEdges edges)
    {
        using var scope = NewDisposeScope();
        long height = images.shape[2], width = images.shape[3];
        (x, y) = (Near(x, width), Near(y, height));
        Tensor left = x.detach().floor(), top = y.detach().floor();
        Tensor shareX = (x - left).unsqueeze(1), shareY = (y - top).unsqueeze(1);
        Tensor upper = (Pixels(0, 0) * (Scalars.Of(1) - shareX)).Plus(Pixels(1, 0) * shareX),
            lower = (Pixels(0, 1) * (Scalars.Of(1) - shareX)).Plus(Pixels(1, 1) * shareX);
        return (upper * (Scalars.Of(1) - shareY)).Plus(lower * shareY).MoveToOuterDisposeScope();

        // Far away there is nothing new to see, and whole numbers stay small.
        Tensor Near(Tensor place, long size) => edges == WarpEdges.Reflect ? place : place.clamp(Scalars.Of(-2), Scalars.Of(size + 1));

        Tensor Pixels(long right, long down)
        {
            var (column, hasColumn) = Source(left.Plus(Scalars.Of(right)).to(int64), width);
            var (row, hasRow) = Source(top.Plus(Scalars.Of(down)).to(int64), height);
            var places = (row * Scalars.Of(width)).Plus(column).flatten(1).unsqueeze(1).expand(x.shape[0], images.shape[1], height * width);
            var found = images
                .expand(x.shape[0], images.shape[1], height, width)
                .flatten(2)
                .gather(2, places)
                .reshape(x.shape[0], images.shape[1], height, width);
            return hasColumn is null ? found : found * hasColumn.logical_and(hasRow!).unsqueeze(1).to(found.dtype);
        }

        (Tensor Place, Tensor? Inside) Source(Tensor place, long size)
        {
            var nearest = place.clamp(Scalars.Of(0), Scalars.Of(size - 1));
            if (edges == WarpEdges.Border)
                return (nearest, null);
            if (edges == WarpEdges.Zero)
                return (nearest, place.eq(nearest));
            var within = place.remainder(Scalars.Of(2 * size));
            return (within.minimum(Scalars.Of((2 * size) - 1) - within), null);
        }
    }
}
