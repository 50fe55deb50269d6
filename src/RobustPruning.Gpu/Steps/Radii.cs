using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;

namespace RobustPruning.Gpu.Steps;

/// <summary>Σ_m |E_m| of each number of a value.</summary>
internal sealed class Radii(DeviceSession session)
{
    // Of partial sums at once.
    private const long MostPartial = 1 << 24;

    /// <summary>The sums, no less than the true ones.</summary>
    public DeviceArray<double> Of(MapShape map, IEnumerable<DeviceSymbols> symbols)
    {
        var radius = session.RentFilled(map.Size, 0);
        foreach (var block in symbols)
            Add(map, block, radius);
        return radius;
    }

    private void Add(MapShape map, DeviceSymbols block, DeviceArray<double> radius)
    {
        // As many chunks at once as find room.
        var most = (int)Math.Min(block.Count, Math.Max(1, MostPartial / map.Size) * ReductionKernels.Chunk);
        for (var first = 0; first < block.Count; first += most)
        {
            int count = Math.Min(most, block.Count - first), chunks = (count + ReductionKernels.Chunk - 1) / ReductionKernels.Chunk;
            var view = block.View;
            var size = (long)block.Height * block.Width * map.Channels;
            (view.Values, view.Corners, view.Count) =
                (view.Values.SubView(first * size, count * size), view.Corners.SubView(2L * first, 2L * count), count);
            var partial = session.Rent<double>((long)chunks * map.Size);
            session.Launch(ReductionKernels.PartialRadius, (long)chunks * map.Size, view, partial.View);
            session.Launch(ReductionKernels.AddRadius, map.Size, partial.View, radius.View, chunks);
            partial.Release();
        }
    }
}
