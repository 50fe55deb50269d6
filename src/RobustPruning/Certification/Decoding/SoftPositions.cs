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
        var sharp = decoder.Decoding == HeatmapDecoding.SoftArgMax
            ? maps * decoder.Beta
            : maps * (Sharpness / (maps.amax([2], keepdim: true) - maps.mean([2], keepdim: true)).detach().clamp_min(1e-6));
        return sharp.softmax(2).reshape(-1, decoder.Cells).mm(Places(decoder, outputs).t()).reshape(outputs.shape[0], -1).MoveToOuterDisposeScope();
    }

    /// <summary>The cells' places <c>[2, h·w]</c> in pixels.</summary>
    public static Tensor Places(HeatmapDecoder decoder, Tensor like) => tensor(
        Enumerable.Range(0, decoder.Cells).Select(cell => decoder.Place(cell).X).Concat(Enumerable.Range(0, decoder.Cells).Select(cell => decoder.Place(cell).Y)).ToArray(),
        [2, decoder.Cells], dtype: like.dtype, device: like.device);
}
