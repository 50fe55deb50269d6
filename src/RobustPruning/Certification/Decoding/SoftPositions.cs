using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>Soft arg max of tensors, differentiable; for an arg max a smooth stand-in, to steer searches.</summary>
internal static class SoftPositions
{
    // How far the greatest cell stands out in the stand-in: e to this power above the mean.
    private const double Sharpness = 10;

    /// <summary>The keypoints <c>[N, 2K]</c> of outputs <c>[N, F]</c>.</summary>
    public static Tensor Of(HeatmapDecoder decoder, Tensor outputs)
    {
        using var scope = NewDisposeScope();
        var maps = CellMargins.Maps(decoder, outputs);
        var sharp =
            decoder.Decoding == HeatmapDecoding.SoftArgMax
                ? maps * Scalars.Of(decoder.Beta)
                : maps
                    * (
                        Scalars.Of(Sharpness)
                        / (maps.amax([2], keepdim: true) - maps.mean([2], keepdim: true)).detach().clamp_min(Scalars.Of(1e-6)));
        return sharp
            .softmax(2)
            .reshape(-1, decoder.Cells)
            .mm(Places(decoder, outputs).t())
            .reshape(outputs.shape[0], -1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The least and greatest keypoints <c>[N, 2K]</c> of a soft arg max where each cell may be anywhere between its limits <c>[N, F]</c>,
    /// not rounded outwards: for training.
    /// </summary>
    public static (Tensor Lower, Tensor Upper) Bounds(HeatmapDecoder decoder, Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        Tensor least = CellMargins.Maps(decoder, lower), greatest = CellMargins.Maps(decoder, upper);

        // No weight is above 1, and where all vanish they count alike.
        var top = greatest.amax([2], keepdim: true).detach();
        long[] shape = [least.shape[0], decoder.Keypoints, decoder.Height, decoder.Width];
        Tensor low = ((least - top) * Scalars.Of(decoder.Beta)).exp().reshape(shape),
            high = ((greatest - top) * Scalars.Of(decoder.Beta)).exp().reshape(shape);
        var (lowX, highX) = Extremes(low.sum([2]), high.sum([2]), decoder.OriginX, decoder.StrideX);
        var (lowY, highY) = Extremes(low.sum([3]), high.sum([3]), decoder.OriginY, decoder.StrideY);
        return (stack([lowX, lowY], 2).flatten(1).MoveToOuterDisposeScope(), stack([highX, highY], 2).flatten(1).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The extremes of a weighted mean over columns, of weights <c>[N, K, w]</c> between two: one end before some column, the other from it
    /// on.
    /// </summary>
    private static (Tensor Least, Tensor Greatest) Extremes(Tensor low, Tensor high, double origin, double stride)
    {
        var columns = low.shape[2];
        var places = (
            arange(Scalars.Of(0), Scalars.Of(columns), Scalars.Of(1), dtype: low.dtype, device: low.device) * Scalars.Of(stride)).Plus(
                Scalars.Of(origin));
        Tensor Means(Tensor first, Tensor second) => stack([.. Enumerable.Range(0, (int)columns + 1).Select(split =>
        {
            var weights = cat([first.narrow(2, 0, split), second.narrow(2, split, columns - split)], 2).Plus(Scalars.Of(1e-30));
            return (weights * places).sum([2]) / weights.sum([2]);
        })], 2);
        return (Means(high, low).amin([2]), Means(low, high).amax([2]));
    }

    /// <summary>The cells' places <c>[2, h·w]</c> in pixels.</summary>
    public static Tensor Places(HeatmapDecoder decoder, Tensor like) =>
        tensor(
            Enumerable
                .Range(0, decoder.Cells)
                .Select(cell => decoder.Place(cell).X)
                .Concat(Enumerable.Range(0, decoder.Cells).Select(cell => decoder.Place(cell).Y))
                .ToArray(),
            [2, decoder.Cells],
            dtype: like.dtype,
            device: like.device);
}
