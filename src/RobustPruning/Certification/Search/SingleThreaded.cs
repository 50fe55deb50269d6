using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Keeps libtorch to one thread until disposed, and runs work on several such threads. Many boxes at once, each on one thread, beat one box
/// on many: a box is thousands of small operations, and threads that wait for each other at every one of them cost a third of the time.
/// Bounds do not use libtorch; sampling and the search for counterexamples do. Several blocks at once leave the number behind that was
/// there before the first of them.
/// </summary>
internal sealed class SingleThreaded : IDisposable
{
    private static readonly Lock Gate = new();
    private static int _blocks, _before;

    public SingleThreaded()
    {
        lock (Gate)
        {
            // A thread that asks for the first time takes over what was set last: it asks before it sets its own.
            var now = get_num_threads();
            if (_blocks++ == 0)
                _before = now;
            set_num_threads(1);
        }
    }

    public void Dispose()
    {
        // Each thread has a number of its own, which new threads take over from the last that was set: both go back.
        lock (Gate)
        {
            _blocks--;
            set_num_threads(_before);
        }
    }

    /// <summary>
    /// Does <paramref name="count"/> pieces of work, on this thread and on others made for it; throws what the first failure threw. A
    /// failure that cancels the other pieces comes before their being cancelled.
    /// </summary>
    public static void ForEach(int count, int workers, Action<int> work)
    {
        var next = -1;
        var failed = new Lock();
        ExceptionDispatchInfo? failure = null;

        // Threads of their own: libtorch remembers the number of threads on each thread, and pooled ones go on to other work.
        var single = get_num_threads() == 1;
        var threads = Enumerable.Range(1, Math.Max(0, Math.Min(count, workers) - 1)).Select(_ => new Thread(WorkOnItsOwn)).ToList();
        threads.ForEach(thread => thread.Start());
        Work();
        threads.ForEach(thread => thread.Join());
        failure?.Throw();

        void WorkOnItsOwn()
        {
            // Another block may have ended since this one began.
            if (single)
            {
                lock (Gate)
                {
                    _ = get_num_threads();
                    set_num_threads(1);
                }
            }

            Work();
        }

        void Work()
        {
            try
            {
                for (var index = Interlocked.Increment(ref next); index < count && failure is null; index = Interlocked.Increment(ref next))
                    work(index);
            }
            catch (Exception error)
            {
                lock (failed)
                {
                    if (failure is null
                        || (failure.SourceException is OperationCanceledException && error is not OperationCanceledException))
                        failure = ExceptionDispatchInfo.Capture(error);
                }
            }
        }
    }
}
