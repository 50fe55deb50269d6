using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using RobustPruning.Certification;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>soak</c>: many training steps, then many certificates, of one small network; one JSON line at each tenth of the way with the live
/// tensors and the memory of the process. Both are flat where nothing leaks. Exit code 1 where tensors grow after the first tenth.
/// </summary>
internal static class SoakCommand
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.05, 0.05), new Contrast(-0.05, 0.05));

    public static Command Create()
    {
        var steps = new Option<int>("--steps") { Description = "Training steps; at least 10.", DefaultValueFactory = _ => 10_000 };
        var certificates = new Option<int>("--certificates")
        {
            Description = "Certificates, each checked again; at least 10.",
            DefaultValueFactory = _ => 1000,
        };
        var command = new Command("soak", "Measures memory over long runs.") { steps, certificates };
        command.SetAction(parsed =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(steps), 10, "--steps");
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(certificates), 10, "--certificates");
            using var network = Cnn7.Create(new(1, 16, 16, 2, 0.1));
            var flat = Train(network, parsed.GetValue(steps));
            return Certify(network, parsed.GetValue(certificates)) && flat ? 0 : 1;
        });
        return command;
    }

    private static bool Train(Graphs.GraphModule network, int steps)
    {
        using var optimizer = optim.Adam(network.parameters(), 1e-3);
        using var images = rand(4, 1, 16, 16);
        using var labels = rand(4, 4) * 16;
        var loss = new SampledLoss().PlusRelative(new WassersteinLoss(), 1);
        return Run("training steps", steps, step =>
        {
            using var scope = NewDisposeScope();
            using var batch = new TrainingBatch(network.Graph, images, Light, new Random(step), labels, samples: 2);
            optimizer.zero_grad();
            loss.Of(batch).backward();
            optimizer.step();
        });
    }

    private static bool Certify(Graphs.GraphModule network, int certificates)
    {
        network.eval();
        using var certifier = new Certifier(network, Light, tolerance: 1);

        // TorchSharp never takes the tensor that a Parameter is made of off its count: the checker makes a copy of each, and converts it.
        var counted = 2L * network.parameters().Count();
        return Run("certificates", certificates, index =>
        {
            using var image = rand(1, 16, 16, generator: new Generator((ulong)index));
            certifier.Certify(image).Check(network, image).RequireValid();
        }, counted);
    }

    private static bool Run(string what, int times, Action<int> work, long counted = 0)
    {
        long first = 0, last = 0;
        for (var index = 0; index < times; index++)
        {
            work(index);
            if ((index + 1) % (times / 10) != 0)
                continue;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            last = Tensor.TotalCount - (counted * (index + 1));
            if (first == 0)
                first = last;
            using var process = Process.GetCurrentProcess();
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                after = index + 1, what, tensors = last, residentMiB = process.WorkingSet64 >> 20,
                managedMiB = GC.GetTotalMemory(false) >> 20,
                threads = process.Threads.Count,
            }));
        }

        return last <= first;
    }
}
