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
}
