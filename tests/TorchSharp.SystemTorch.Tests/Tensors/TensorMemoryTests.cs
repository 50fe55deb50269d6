using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

[NonParallelizable]
public class TensorMemoryTests
{
    [Test]
    public void Scopes_leave_nothing_behind()
    {
        Work(20_000);
        var before = Resident();
        Work(200_000);
        // A leak of the smallest tensors alone would be some 60 MB.
        Assert.That(Resident() - before, Is.LessThan(30));
    }

    [Test]
    public void Graphs_and_gradients_are_freed()
    {
        Train(500);
        var before = Resident();
        Train(5_000);
        Assert.That(Resident() - before, Is.LessThan(30));
    }

    [Test]
    public void Failed_calls_leave_nothing_behind()
    {
        Fail(200);
        var before = Resident();
        Fail(2_000);
        Assert.That(Resident() - before, Is.LessThan(30));
    }

    [Test]
    public void Finalizers_free_what_nobody_disposed()
    {
        Collect();
        var before = Tensor.TotalCount;
        Forget();
        Collect();
        Assert.That(Tensor.TotalCount - before, Is.LessThan(100));

        static void Forget()
        {
            for (var k = 0; k < 1_000; k++) _ = ones(1000);
        }

        static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }
    }

    private static void Work(int tensors)
    {
        for (var k = 0; k < tensors; k += 4)
        {
            using var scope = NewDisposeScope();
            var x = zeros(16);
            var y = x.add_(1).chunk(2);
        }
    }

    private static void Train(int steps)
    {
        using var weight = ones(1000, requires_grad: true);
        for (var k = 0; k < steps; k++)
        {
            using var scope = NewDisposeScope();
            (weight * weight).sum().backward();
            weight.grad = null;
        }
    }

    private static void Fail(int times)
    {
        using var x = ones(100, 100);
        using var y = ones(3, 3);
        for (var k = 0; k < times; k++)
        {
            using var copy = x.clone();
            Assert.Catch(() => cat([x, copy, y]));
        }
    }

    private static double Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }
}
