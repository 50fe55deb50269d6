using System.CommandLine;
using KeypointRobustness.Reproduction;
using KeypointRobustness.Runs;
using KeypointRobustness.Shards;
using Spectre.Console;

namespace KeypointRobustness.Commands;

/// <summary><c>reproduce</c>: all ways of training and pruning side by side; <c>reproduce hardness</c>: what makes a network hard, channel by channel.</summary>
internal static class ReproduceCommand
{
    public static Command Create()
    {
        var (preset, data, seeds, output) = Shared();
        var rows = new Option<string[]>("--rows") { Description = "The rows to run; all of the preset by default.", AllowMultipleArgumentsPerToken = true };
        var reportOnly = new Option<bool>("--report-only") { Description = "Train nothing; write the report of what is there." };
        var shard = CommonOptions.Shard();
        var list = new Option<bool>("--list") { Description = "Train nothing; list the runs, and which are done." };
        var command = new Command("reproduce", "Compares ways of training and pruning; writes OUT/report.html and OUT/results.md, and goes on where it was stopped.")
        {
            preset, output, seeds, rows, data, shard, reportOnly, list, Hardness(),
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            WorkFolder.SayHowToGoOn(parsed.GetValue(output)!);
            string[] named = parsed.GetValue(rows)!;
            var chosen = Preset(parsed.GetValue(preset)!, parsed.GetValue(data)!, parsed.GetValue(seeds), named);
            OutputFolder.RequireWritable(parsed.GetValue(output)!);
            var reproducer = new Reproducer(chosen, parsed.GetValue(output)!);
            var run = named.Length > 0 ? named : chosen.Rows;
            if (parsed.GetValue(list))
                List(chosen, run, reproducer.Missing(run));
            else if (parsed.GetValue(reportOnly))
                reproducer.Report();
            else
                reproducer.Run(run, Shard.Of(parsed.GetValue(shard), Environment.GetEnvironmentVariable), cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command Hardness()
    {
        var (preset, data, seeds, output) = Shared();
        var row = new Option<string>("--row") { Description = "The row whose network is studied.", DefaultValueFactory = _ => "robust" };
        var shard = CommonOptions.Shard();
        var command = new Command("hardness", "Removes every channel of a trained network alone, and compares what that gains with what USN foretells.")
        {
            preset, output, seeds, row, data, shard,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var studied = parsed.GetValue(row)!;
            new Reproducer(Preset(parsed.GetValue(preset)!, parsed.GetValue(data)!, parsed.GetValue(seeds), [studied]), parsed.GetValue(output)!)
                .RunHardness(studied, Shard.Of(parsed.GetValue(shard), Environment.GetEnvironmentVariable), cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }

    private static (Option<string> Preset, Option<string> Data, Option<int> Seeds, Option<string> Out) Shared() => (
        new("--preset") { Description = "tiny (seconds), quick (an hour), thorough (some hours), resnet (some hours) or paper (days).", DefaultValueFactory = _ => "quick" },
        CommonOptions.Data(),
        new("--seeds") { Description = "How many trainings of each row; as the preset says by default.", DefaultValueFactory = _ => 0 },
        CommonOptions.Out("artifacts/reproduce"));

    private static ReproductionPreset Preset(string name, string data, int seeds, string[] rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seeds, "--seeds");
        var preset = ReproductionPreset.Of(name) with { Data = data };
        if (seeds > 0)
            preset = preset with { Seeds = seeds };
        preset = preset with { Rows = [.. preset.Rows.Union(rows)] };
        preset.Validate();
        return preset;
    }

    private static void List(ReproductionPreset preset, IReadOnlyList<string> rows, IReadOnlyList<ReproductionRun> missing)
    {
        var writer = AnsiConsole.Profile.Out.Writer;
        var runs = preset.Runs().Where(run => rows.Contains(run.Row)).ToList();
        foreach (var run in runs)
            writer.WriteLine($"{(missing.Contains(run) ? "missing" : "done   ")} {run.Name}");
        writer.WriteLine($"{missing.Count} of {runs.Count} missing");
    }
}
