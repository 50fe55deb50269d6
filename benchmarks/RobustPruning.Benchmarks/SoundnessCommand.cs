using System.CommandLine;
using System.Text.Json;
using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Bounds;
using RobustPruning.Gpu;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>soundness --cases N --seed S</c>: random networks, images, sets and boxes, whose bounds are attacked with samples and gradients;
/// prints progress, each violation made small, and one JSON line. With <c>--device</c> the domains that can run on it do.
/// </summary>
internal static class SoundnessCommand
{
    public static Command Create()
    {
        var cases = new Option<int>("--cases") { Description = "How many cases; at least 1.", DefaultValueFactory = _ => 10000 };
        var seed = new Option<int>("--seed")
        {
            Description = "The seed of the first case; the next one's is one greater.",
            DefaultValueFactory = _ => 0,
        };
        var workers = new Option<int>("--workers")
        {
            Description = "Cases at once, each on one thread.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var seconds = new Option<double>("--seconds") { Description = "When to stop at the latest.", DefaultValueFactory = _ => 3600 };
        var samples = new Option<int>("--samples")
        {
            Description = "Random parameters for each box of a case, beside its corners.",
            DefaultValueFactory = _ => 250,
        };
        var device = new Option<string>("--device")
        {
            Description = "cpu, gpu, or cpu-accelerator: the GPU's kernels on the CPU.",
            DefaultValueFactory = _ => "cpu",
        };
        device.AcceptOnlyFromAmong("cpu", "gpu", "cpu-accelerator");
        var command = new Command("soundness", "Attacks the bounds of random cases.") { cases, seed, workers, seconds, samples, device };
        command.SetAction(parsed =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(cases), 1, "--cases");
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(workers), 1, "--workers");
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(samples), 1, "--samples");
            using var gpu = parsed.GetValue(device) switch
            {
                "gpu" => GpuDevice.Open(),
                "cpu-accelerator" => GpuDevice.OpenEmulator(),
                _ => null,
            };
            var result = SoundnessRun.Run(
                parsed.GetValue(cases), parsed.GetValue(seed), parsed.GetValue(workers), parsed.GetValue(seconds), parsed.GetValue(samples),
                Console.Error.WriteLine, domain => OnDevice(domain, gpu));
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                cases = result.Cases,
                violations = result.Failures.Count,
                seconds = result.Seconds,
                worstRelativeSlack = result.Slack,
                seed = parsed.GetValue(seed),
                device = gpu?.Name ?? ComputeDevice.Cpu.Name,
                violatingSeeds = result.Failures.Select(failure => failure.Seed),
            }));
            return result.Failures.Count == 0 ? 0 : 1;
        });
        return command;
    }

    /// <summary>The domain on the GPU, if there is one and it has such a domain.</summary>
    private static IBoundPropagator OnDevice(IBoundPropagator domain, GpuDevice? gpu) =>
        gpu is not null && domain is SemanticIntervalPropagator { Outward: true } semantic && semantic.Budget == SymbolBudget.All
            ? semantic.On(gpu) : domain;
}
