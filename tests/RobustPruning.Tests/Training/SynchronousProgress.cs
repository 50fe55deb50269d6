namespace RobustPruning.Tests.Training;

/// <summary>Progress that is told on the thread that reports.</summary>
internal sealed class SynchronousProgress<T>(Action<T> told) : IProgress<T>
{
    public void Report(T value) => told(value);
}
