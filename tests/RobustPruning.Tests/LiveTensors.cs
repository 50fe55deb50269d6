using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>Counts tensors that nobody disposed.</summary>
internal static class LiveTensors
{
    /// <summary>How many more tensors live after <paramref name="times"/> runs of <paramref name="work"/> than before, after one run to warm up.</summary>
    public static long Growth(int times, Action work)
    {
        work();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        for (var run = 0; run < times; run++)
            work();
        return Tensor.TotalCount - before;
    }

    /// <summary>
    /// The same after a garbage collection, for work that makes modules: the genuine TorchSharp's modules leave handles of their first
    /// weights to the finalizer.
    /// </summary>
    public static long GrowthAfterCollection(int times, Action work)
    {
        work();
        var before = Collected();
        for (var run = 0; run < times; run++)
            work();
        return Collected() - before;

        static long Collected()
        {
            for (var pass = 0; pass < 2; pass++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            return Tensor.TotalCount;
        }
    }
}
