using System.Diagnostics;
using System.Globalization;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;

namespace KeypointRobustness.Shards;

/// <summary>Does what is missing of one shard, item by item.</summary>
internal static class WorkRun
{
    /// <summary>What came out of an item, to be added up, such as verdicts; null where there is no result.</summary>
    public delegate IReadOnlyDictionary<string, long>? Outcome(WorkItem item);

    /// <summary>Runs. An item is done when its result is written; one under way when the work is stopped is done anew.</summary>
    /// <param name="folder">Where results go.</param>
    /// <param name="items">The items of all shards.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="work">What the progress says, for example 'certifying'.</param>
    /// <param name="unit">What is counted, in the plural.</param>
    /// <param name="read">Reads the outcome of an item that is done; refuses a result that is not of this work.</param>
    /// <param name="make">Does an item and writes its result; null where it could not.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static void Run(
        WorkFolder folder, IReadOnlyList<WorkItem> items, Shard shard, string work, string unit, Outcome read,
        Func<WorkItem, WorkProgress, IReadOnlyDictionary<string, long>?> make, CancellationToken cancellationToken)
    {
        WorkItem[] own = [.. items.Where((_, position) => shard.Takes(position))];
        var done = 0;
        Stopping.HowToGoOn = () =>
            $"{done} of {own.Length} {unit}{(shard.Count > 1 ? $" of shard {shard}" : string.Empty)} are kept in {folder.Path}; the same "
            + $"command goes on.";
        var missing = new List<WorkItem>();
        var counts = new Dictionary<string, long>();
        foreach (var item in own)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (read(item) is { } outcome)
            {
                done++;
                foreach (var (name, count) in outcome)
                    counts[name] = counts.GetValueOrDefault(name) + count;
            }
            else
            {
                missing.Add(item);
            }
        }

        using var progress = new WorkProgress(shard.Count > 1 ? $"{work} shard {shard}" : work, unit, own.Length, done, counts);
        foreach (var item in missing)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var clock = Stopwatch.StartNew();
            if (make(item, progress) is not { } outcome)
                continue;
            done++;
            folder.LogSeconds(item, clock.Elapsed.TotalSeconds);
            var found = string.Join(", ", outcome.Where(count => count.Value > 0).Select(count => $"{count.Value} {count.Key}"));
            Output.Detail(string.Create(CultureInfo.InvariantCulture, $"{item.Name}: {found} in {clock.Elapsed.TotalSeconds:0.0} s"));
            progress.Add(item.Name, outcome, clock.Elapsed.TotalSeconds);
        }
    }

    /// <summary>Says what the folder lacks, and writes its report if it lacks nothing.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="unit">What is counted, in the plural.</param>
    /// <param name="report">Writes the report.</param>
    public static void Finish(WorkFolder folder, string unit, Action report)
    {
        if (folder.Missing().Count is var missing and > 0)
        {
            Output.Event("missing", ("missing", missing), ("total", folder.Set.Items.Count));
            Output.Text.WriteLine(
                $"{missing} of {folder.Set.Items.Count} {unit} are missing in {folder.Path}; when the other shards have made them, "
                + $"'merge {folder.Path}' writes the report");
            return;
        }

        folder.WriteSeconds([folder.Path]);
        report();
    }
}
