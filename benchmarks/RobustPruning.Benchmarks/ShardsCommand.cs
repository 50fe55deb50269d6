using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using KeypointRobustness.Commands;
using KeypointRobustness.Reports;
using KeypointRobustness.Shards;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>shards MODEL</c>: certifies image files in one run, in shards, and in shards with processes killed at random moments, each as
/// processes of their own; prints one JSON line for each with seconds, processor seconds and memory, and whether the files are the same bit
/// by bit.
/// </summary>
internal static class ShardsCommand
{
    private const int AtOnce = 2;

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "A model file for aircraft scenes." };
        var images = new Option<int>("--images") { Description = "How many images to certify.", DefaultValueFactory = _ => 1000 };
        var shards = new Option<int>("--shards") { Description = "In how many shards.", DefaultValueFactory = _ => 8 };
        var kills = new Option<int>("--kills") { Description = "How often a process is killed.", DefaultValueFactory = _ => 20 };
        var light = new Option<double>("--light")
        {
            Description = "Brightness and contrast may change by up to this.",
            DefaultValueFactory = _ => 0.05,
        };
        var maxBoxes = new Option<int>("--max-boxes") { Description = "Boxes an image.", DefaultValueFactory = _ => 16 };
        var seed = new Option<int>("--seed") { Description = "The seed of the kills.", DefaultValueFactory = _ => 0 };
        var app = App();
        var command = new Command("shards", "Compares work in shards, killed and not, with one run.")
        {
            model, images, shards, kills, light, maxBoxes, seed, app,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = Directory.CreateTempSubdirectory("shards-").FullName;
            try
            {
                var run = new CertifyProcesses(
                    parsed.GetValue(app)!, folder, parsed.GetValue(model)!, parsed.GetValue(light), parsed.GetValue(maxBoxes),
                    cancellationToken);
                var (count, parts) = (parsed.GetValue(images), parsed.GetValue(shards));
                run.WriteImages("data", count);
                var one = (await run.Run("data", "one", Shard.Whole)).Cost;
                Print($"{count} images in one run", one);
                var each = new List<ProcessCost>();
                for (var index = 0; index < parts; index++)
                    each.Add((await run.Run("data", $"shard{index}", new Shard(index, parts))).Cost);
                var merge = await run.Merge("merged", Enumerable.Range(0, parts).Select(index => $"shard{index}"));
                var divided = each.Append(merge).Aggregate((left, right) => left + right);
                Print($"{parts} shards one after the other, merged", divided, new
                {
                    ofThatMerging = merge.ProcessorSeconds,
                    overheadAShard = Math.Round((divided.ProcessorSeconds - one.ProcessorSeconds) / Math.Max(parts - 1, 1), 2),
                    overhead = Percent(divided.ProcessorSeconds / one.ProcessorSeconds),
                    overheadSeconds = Percent(divided.Seconds / one.Seconds),
                    files = Files(folder, "one").Count,
                    different = Different(folder, "merged", "one"),
                });

                if (parsed.GetValue(kills) is var wanted and > 0)
                {
                    var (seconds, made, madeTwice) = await Kill(
                        run, folder, parts, wanted,
                        each.Average(cost => cost.Seconds),
                        new Random(parsed.GetValue(seed)),
                        cancellationToken);
                    Console.WriteLine(
                        JsonSerializer.Serialize(
                            new
                            {
                                what = $"{parts} shards in one folder, {made} kills",
                                seconds,
                                madeTwice,
                                different = Different(folder, "killed", "one"),
                            }));
                }

                Console.WriteLine(JsonSerializer.Serialize(new { run.Crashes }));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }

    /// <summary>The option that says which app is run.</summary>
    public static Option<string> App() => new("--app")
    {
        Description = "The app's KeypointRobustness.dll, for example a published one; by default the one beside this program.",
        DefaultValueFactory = _ => typeof(AppCommand).Assembly.Location,
    };

    private static string Percent(double ratio) => ((ratio - 1) * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %";

    private static void Print(string what, ProcessCost cost, object? more = null) =>
        Console.WriteLine(
            JsonSerializer.Serialize(
                new
                {
                    what,
                    cost,
                    more,
                }));

    /// <summary>
    /// Runs the shards, two at once, in one folder; kills a process at a random moment so many times, and starts it again.
    /// </summary>
    /// <returns>The time, the kills, and how many images were made again though they were finished.</returns>
    private static async Task<(double Seconds, int Kills, int MadeTwice)> Kill(
        CertifyProcesses run, string folder, int shards, int kills, double secondsOfShard, Random random,
        CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var waiting = new Queue<int>(Enumerable.Range(0, shards));
        var running = new Dictionary<int, Process>();
        var written = new Dictionary<string, DateTime>();
        var (madeTwice, left) = (0, kills);
        while (waiting.Count > 0 || running.Count > 0)
        {
            while (running.Count < AtOnce && waiting.TryDequeue(out var shard))
                running[shard] = run.StartCertify("data", "killed", new Shard(shard, shards));
            var pause = TimeSpan.FromSeconds(secondsOfShard * shards / AtOnce / (kills + 1) * 2 * random.NextDouble());
            await Task.WhenAny([
                .. running.Values.Select(process => process.WaitForExitAsync(cancellationToken)),
                Task.Delay(pause, cancellationToken),
            ]);
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (shard, process) in running.Where(entry => entry.Value.HasExited).ToList())
            {
                if (!run.IsDone(process))
                    waiting.Enqueue(shard);
                running.Remove(shard);
                process.Dispose();
            }

            if (left > 0 && running.Count > 0)
            {
                var (shard, process) = running.ElementAt(random.Next(running.Count));
                process.Kill();
                await process.WaitForExitAsync(cancellationToken);
                process.Dispose();
                running.Remove(shard);
                waiting.Enqueue(shard);
                left--;
            }

            Look();
        }

        Look();
        return (Math.Round(clock.Elapsed.TotalSeconds, 1), kills - left, madeTwice);

        // A result that is written again was lost or not seen.
        void Look()
        {
            var results = Path.Combine(folder, "killed", WorkFolder.Results);
            foreach (var path in Directory.Exists(results) ? Directory.GetFiles(results, "*.json") : [])
            {
                var time = File.GetLastWriteTimeUtc(path);
                if (!written.TryAdd(path, time) && written[path] != time)
                {
                    madeTwice++;
                    written[path] = time;
                }
            }

            if (written.Keys.Any(path => !File.Exists(path)))
                throw new InvalidOperationException("A result was lost.");
        }
    }

    /// <summary>How many files of either folder the other has not, or not with the same bits; times left out.</summary>
    private static int Different(string folder, string one, string other)
    {
        var (first, second) = (Files(folder, one), Files(folder, other));
        return first
            .Keys.Union(second.Keys)
            .Count(name =>
                !first.TryGetValue(name, out var a)
                || !second.TryGetValue(name, out var b)
                || !HtmlReport.Content(a).AsSpan().SequenceEqual(HtmlReport.Content(b)));
    }

    private static Dictionary<string, string> Files(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return Directory
            .EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(path, file))
            .Where(file =>
                file.Key != "seconds.csv"
                && !file.Key.StartsWith("log", StringComparison.Ordinal)
                && !file.Key.EndsWith(".tmp", StringComparison.Ordinal))
            .ToDictionary();
    }
}
