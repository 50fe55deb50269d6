using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>Counts tensors that nobody disposed.</summary>
internal static class LiveTensors
{
    /// <summary>
    /// How many more tensors live after <paramref name="times"/> runs of <paramref name="work"/> than before, after one run to warm up.
    /// </summary>
    /// <param name="times">How many runs are counted.</param>
    /// <param name="work">What is run.</param>
    /// <param name="parameters">
    /// How many parameters a run makes, disposed or not: TorchSharp never takes the tensor that a new <c>Parameter</c> is made of off its
    /// count.
    /// </param>
    public static long Growth(int times, Action work, int parameters = 0)
    {
        work();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        for (var run = 0; run < times; run++)
            work();
        return Tensor.TotalCount - before - ((long)times * parameters);
    }
}
