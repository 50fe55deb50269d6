using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class TrainingMemoryTests
{
    [Test]
    public void TenThousandTrainingStepsHoldMemoryFlat()
    {
        manual_seed(1);
        using var network = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3, stride: 2), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2));
        using var optimizer = optim.Adam(network.parameters(), 1e-3);
        using var loss = nn.MSELoss();
        using var input = rand(2, 1, 8, 8);
        using var target = rand(2, 2);

        // Long enough for the runtime to have recompiled what runs often, which takes some MiB.
        Train(3_000);
        var (memory, tensors) = (Resident(), Tensor.TotalCount);
        Train(10_000);
        var growth = Resident() - memory;
        TestContext.Out.WriteLine($"{growth / 1024.0 / 1024:f2} MiB more after 10,000 steps");
        Assert.That(Tensor.TotalCount, Is.EqualTo(tensors));
        Assert.That(growth, Is.LessThan(4 << 20));

        void Train(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                loss.call(network.call(input), target).backward();
                optimizer.step();
            }
        }
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();

        // Aggressive: the runtime also gives back what it holds for objects to come, which grows with its own schedule.
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet;
    }
}
