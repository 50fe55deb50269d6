using RobustPruning.Graphs;

namespace RobustPruning.Models;

/// <summary>
/// A head of heatmaps behind a network's trunk: some stages, each of which doubles the map's size, with batch normalisation and ReLU, and a
/// 1×1 convolution to one map a keypoint, <c>[K, h, w]</c>. Read by a <see cref="Certification.HeatmapDecoder"/>.
/// </summary>
/// <param name="Upsamplings">How many stages, 0 to 8.</param>
/// <param name="Channels">Channels of each stage at full width, at least 1.</param>
/// <param name="Upsampling">
/// How a stage doubles the size, followed by a 3×3 convolution; null for a transposed convolution of 4×4 with a stride of 2.
/// </param>
/// <param name="Offsets">Whether there is a second output <c>[2K, h, w]</c> of offsets, by a 1×1 convolution of its own.</param>
public sealed record KeypointHead(int Upsamplings = 1, int Channels = 256, Upsampling? Upsampling = null, bool Offsets = false)
{
    internal void Validate()
    {
        if (Upsamplings is < 0 or > 8)
            throw new ArgumentOutOfRangeException(nameof(Upsamplings), Upsamplings, "A head has 0 to 8 stages.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Channels, 1);
        if (Upsampling is { } mode && !Enum.IsDefined(mode))
            throw new ArgumentOutOfRangeException(nameof(Upsampling), mode, "Unknown way of interpolation.");
    }
}
