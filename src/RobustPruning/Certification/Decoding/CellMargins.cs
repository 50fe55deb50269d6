using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// By how much a heatmap's best cell beyond the tolerance is above the best within it: above zero where a keypoint leaves the tolerance.
/// Differentiable.
/// </summary>
internal static class CellMargins
{
    private const double None = -1e30;

    /// <summary>The margins <c>[N, K]</c> of outputs <c>[N, F]</c>.</summary>
    public static Tensor Of(HeatmapDecoder decoder, KeypointProperty property, Tensor outputs, IReadOnlyList<double> reference)
    {
        using var scope = NewDisposeScope();
        var maps = Maps(decoder, outputs);
        double[] from = [.. reference.Select(coordinate => double.IsNaN(coordinate) ? 0 : coordinate)];
        var known = tensor(from, dtype: outputs.dtype, device: outputs.device).reshape(1, -1, 2, 1);
        var places = SoftPositions.Places(decoder, outputs).unsqueeze(0).unsqueeze(0);
        if (decoder.HasOffsets)
        {
            var offsets = outputs.detach().narrow(1, decoder.Keypoints * decoder.Cells, 2 * decoder.Keypoints * decoder.Cells);
            places = places.Plus(offsets.reshape(outputs.shape[0], decoder.Keypoints, 2, -1) * Scalars.Of(decoder.OffsetScale));
        }

        var moved = places - known;
        var beyond = (property.Norm == KeypointNorm.LInfinity ? moved.abs().amax([2]) : moved.Squared().sum([2]).sqrt()).gt(
            Scalars.Of(property.Tolerance));
        var nothing = full_like(maps, Scalars.Of(None));
        return (where(beyond, maps, nothing).amax([2]) - where(beyond, nothing, maps).amax([2])).MoveToOuterDisposeScope();
    }

    /// <summary>The maps <c>[N, K, h·w]</c> of outputs <c>[N, F]</c>.</summary>
    public static Tensor Maps(HeatmapDecoder decoder, Tensor outputs) =>
        outputs.narrow(1, 0, decoder.Keypoints * decoder.Cells).reshape(outputs.shape[0], decoder.Keypoints, decoder.Cells);
}
