using RobustPruning.Certification;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Search;

/// <summary>Blocks of single threads leave the process as they found it.</summary>
public sealed class SingleThreadedTests
{
    [Test, NonParallelizable]
    public void TwoBlocksAtOnceLeaveTheNumberOfThreadsThatWasThereBefore()
    {
        var before = get_num_threads();
        using var firstBegan = new ManualResetEventSlim();
        using var secondBegan = new ManualResetEventSlim();
        using var firstEnded = new ManualResetEventSlim();
        var first = new Thread(() =>
        {
            using (new SingleThreaded())
            {
                firstBegan.Set();
                secondBegan.Wait();
            }

            firstEnded.Set();
        });
        int[] seen = new int[2];
        var second = new Thread(() =>
        {
            firstBegan.Wait();
            using (new SingleThreaded())
            {
                secondBegan.Set();
                firstEnded.Wait();
                SingleThreaded.ForEach(2, 2, index => seen[index] = get_num_threads());
            }
        });
        first.Start();
        second.Start();
        first.Join();
        second.Join();
        var after = 0;
        var fresh = new Thread(() => after = get_num_threads());
        fresh.Start();
        fresh.Join();
        Assert.That(after, Is.EqualTo(before));
        Assert.That(seen, Is.All.EqualTo(1));
    }

    /// <summary>One piece fails and cancels the others: what the others throw is not the reason, though it may come first.</summary>
    [Test]
    public void AFailureComesBeforeTheCancellationsThatItCaused()
    {
        using var began = new ManualResetEventSlim();
        using var otherIsOver = new ManualResetEventSlim();
        Assert.Throws<TimeoutException>(() => SingleThreaded.ForEach(2, 2, index =>
        {
            if (index == 1)
            {
                began.Wait();
                otherIsOver.Set();
                throw new OperationCanceledException();
            }

            began.Set();
            otherIsOver.Wait();
            Thread.Sleep(20);
            throw new TimeoutException();
        }));
    }
}
