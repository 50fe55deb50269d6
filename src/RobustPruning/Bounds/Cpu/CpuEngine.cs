using System.Collections.Concurrent;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// The engine on the CPU: one box after the other on the caller's thread, SIMD over channels, memory from pools. With symbols of 32 bits,
/// and for a box of which rounding would be too much, again with 64-bit ones: each box decides for itself.
/// </summary>
internal sealed class CpuEngine : IPropagationEngine
{
    private readonly ConcurrentBag<BufferPool> _pools = [];

    public string Name => "CPU";

    public IReadOnlyList<BoxBounds>? Bound(PropagationPlan plan, ImageBoxes images, BoundRequest request, Func<bool> stop)
    {
        if (!_pools.TryTake(out var pool))
            pool = new BufferPool();
        try
        {
            var bounds = new List<BoxBounds>();
            for (var box = 0; box < images.Count; box++)
            {
                var found = plan.IsWide ? null : new BoxPropagation<float>(pool, plan, request, stop).Run(images, box, mustBeFine: true);
                found ??= stop() ? null : new BoxPropagation<double>(pool, plan, request, stop).Run(images, box, mustBeFine: false);
                if (found is null)
                    return null;
                bounds.Add(found);
            }

            return bounds;
        }
        finally
        {
            _pools.Add(pool);
        }
    }
}
