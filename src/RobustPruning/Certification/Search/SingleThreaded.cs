using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Keeps libtorch to one thread until disposed, and runs work on several such threads. Many boxes at once, each on one thread, beat one
/// box on many: a box is thousands of small operations, and threads that wait for each other at every one of them cost a third of the
/// time.
/// </summary>
internal sealed class SingleThreaded : IDisposable
{
    private readonly int _before = get_num_threads();

    public SingleThreaded() => set_num_threads(1);

    public void Dispose() => set_num_threads(_before);

    /// <summary>Does <paramref name="count"/> pieces of work, on this thread and on others made for it; throws what the first failure threw.</summary>
    public static void ForEach(int count, int workers, Action<int> work)
    {
        var next = -1;
        ExceptionDispatchInfo? failure = null;

        // Threads of their own: libtorch remembers the number of threads on each thread, and pooled ones go on to other work.
        var threads = Enumerable.Range(1, Math.Max(0, Math.Min(count, workers) - 1)).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        Work();
        threads.ForEach(thread => thread.Join());
        failure?.Throw();

        void Work()
        {
            try
            {
                for (var index = Interlocked.Increment(ref next); index < count && failure is null; index = Interlocked.Increment(ref next))
                    work(index);
            }
            catch (Exception error)
            {
                failure ??= ExceptionDispatchInfo.Capture(error);
            }
        }
    }
}
