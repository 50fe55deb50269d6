using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using KeypointRobustness.Commands;
using KeypointRobustness.Reports;
using KeypointRobustness.Shards;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>shards MODEL</c>: certifies scenes in one run, in shards, and in shards with processes killed at random moments, each as processes of their own;
/// prints one JSON line for each with seconds, processor seconds and memory, and whether the files are the same bit by bit.
/// </summary>
internal static class ShardsCommand
{
    private const int AtOnce = 2;

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "A model file for aircraft scenes." };
        var images = new Option<int>("--images") { Description = "How many scenes to certify.", DefaultValueFactory = _ => 1000 };
        var shards = new Option<int>("--shards") { Description = "In how many shards.", DefaultValueFactory = _ => 8 };
        var kills = new Option<int>("--kills") { Description = "How often a process is killed.", DefaultValueFactory = _ => 20 };
        var many = new Option<int>("--many") { Description = "How many scenes show whether memory stays the same; 0 for not at all.", DefaultValueFactory = _ => 10000 };
        var light = new Option<double>("--light") { Description = "Brightness and contrast may change by up to this.", DefaultValueFactory = _ => 0.05 };
        var maxBoxes = new Option<int>("--max-boxes") { Description = "Boxes an image.", DefaultValueFactory = _ => 16 };
        var seed = new Option<int>("--seed") { Description = "The seed of the kills.", DefaultValueFactory = _ => 0 };
        var app = new Option<string>("--app")
        {
            Description = "The app's KeypointRobustness.dll, for example a published one; by default the one beside this program.",
            DefaultValueFactory = _ => typeof(AppCommand).Assembly.Location,
        };
        var command = new Command("shards", "Compares work in shards, killed and not, with one run.")
        {
            model, images, shards, kills, many, light, maxBoxes, seed, app,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = Directory.CreateTempSubdirectory("shards-").FullName;
            try
            {
                var run = new Runs(parsed.GetValue(app)!, folder, parsed.GetValue(model)!, parsed.GetValue(light), parsed.GetValue(maxBoxes), cancellationToken);
                var (count, parts) = (parsed.GetValue(images), parsed.GetValue(shards));
                var one = await run.Time("one", count, Shard.Whole);
                Print("one run", one);
                var each = new List<Cost>();
                for (var index = 0; index < parts; index++)
                    each.Add(await run.Time($"shard{index}", count, new Shard(index, parts)));
                var divided = new Cost(each.Sum(cost => cost.Seconds), each.Sum(cost => cost.ProcessorSeconds), each.Max(cost => cost.MegabytesAtMost));
                await run.Merge("merged", Enumerable.Range(0, parts).Select(index => $"shard{index}"));
                Print($"{parts} shards, one after the other", divided, new { overhead = Percent(divided.ProcessorSeconds!.Value / one.ProcessorSeconds!.Value), overheadSeconds = Percent(divided.Seconds / one.Seconds), different = run.Different("merged", "one") });

                if (parsed.GetValue(kills) is var wanted and > 0)
                {
                    var (killed, made, madeTwice) = await run.Kill("killed", count, parts, wanted, each.Average(cost => cost.Seconds), new Random(parsed.GetValue(seed)));
                    Print($"{parts} shards, {made} kills", killed, new { madeTwice, different = run.Different("killed", "one") });
                }

                Console.WriteLine(JsonSerializer.Serialize(new { run.Crashes }));
                if (parsed.GetValue(many) is var more and > 0)
                {
                    var easy = new Runs(parsed.GetValue(app)!, folder, parsed.GetValue(model)!, parsed.GetValue(light), 1, cancellationToken);
                    foreach (var number in new[] { more / 10, more })
                        Print($"{number} images of one box", await easy.Time($"many{number}", number, Shard.Whole));
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }

    private static string Percent(double ratio) => ((ratio - 1) * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %";

    private static void Print(string what, Cost cost, object? more = null) => Console.WriteLine(JsonSerializer.Serialize(new { what, cost, more }));

    private sealed record Cost(double Seconds, double? ProcessorSeconds = null, double? MegabytesAtMost = null);

    private sealed class Runs(string app, string folder, string model, double light, int maxBoxes, CancellationToken cancellationToken)
    {
        /// <summary>How often the app ended by itself before it was done, and was started again.</summary>
        public int Crashes { get; private set; }

        public async Task<Cost> Time(string output, int images, Shard shard)
        {
            var (clock, worked, most) = (Stopwatch.StartNew(), 0.0, 0L);
            for (var isDone = false; !isDone;)
            {
                using var process = Certify(output, images, shard);
                var (memory, processor) = await Watch(process);
                most = Math.Max(most, memory);
                worked += processor.TotalSeconds;
                isDone = IsDone(process);
            }

            return new Cost(Math.Round(clock.Elapsed.TotalSeconds, 1), Math.Round(worked, 1), Math.Round(most / 1e6));
        }

        /// <summary>The most memory and all processor time of a process. Neither is known once it has ended, so it is asked often.</summary>
        private async Task<(long Memory, TimeSpan Processor)> Watch(Process process)
        {
            var (memory, processor) = (0L, TimeSpan.Zero);
            while (!process.HasExited)
            {
                try
                {
                    process.Refresh();
                    (memory, processor) = (Math.Max(memory, process.WorkingSet64), process.TotalProcessorTime);
                }
                catch (InvalidOperationException)
                {
                    // It has just ended.
                }

                await Task.WhenAny(process.WaitForExitAsync(cancellationToken), Task.Delay(50, cancellationToken));
            }

            return (memory, processor);
        }

        /// <summary>Runs the shards, two at once, in one folder; kills a process at a random moment so many times, and starts it again.</summary>
        /// <returns>The cost, the kills, and how many images were made twice though they were finished.</returns>
        public async Task<(Cost Cost, int Kills, int MadeTwice)> Kill(string output, int images, int shards, int kills, double seconds, Random random)
        {
            var clock = Stopwatch.StartNew();
            var waiting = new Queue<int>(Enumerable.Range(0, shards));
            var running = new Dictionary<int, Process>();
            var written = new Dictionary<string, DateTime>();
            var (madeTwice, left) = (0, kills);
            while (waiting.Count > 0 || running.Count > 0)
            {
                while (running.Count < AtOnce && waiting.TryDequeue(out var shard))
                    running[shard] = Certify(output, images, new Shard(shard, shards));
                await Task.WhenAny([.. running.Values.Select(process => process.WaitForExitAsync(cancellationToken)), Task.Delay(TimeSpan.FromSeconds(seconds * shards / AtOnce / (kills + 1) * 2 * random.NextDouble()), cancellationToken)]);
                foreach (var (shard, process) in running.Where(entry => entry.Value.HasExited).ToList())
                {
                    if (!IsDone(process))
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
            return (new Cost(Math.Round(clock.Elapsed.TotalSeconds, 1)), kills - left, madeTwice);

            // A result that is written again was lost or not seen.
            void Look()
            {
                var results = Path.Combine(folder, output, WorkFolder.Results);
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

        public async Task Merge(string output, IEnumerable<string> folders)
        {
            using var process = Start(["merge", .. folders.Select(name => Path.Combine(folder, name)), "--out", Path.Combine(folder, output)]);
            await process.WaitForExitAsync(cancellationToken);
            if (!IsDone(process))
                throw new InvalidOperationException("The results could not be merged.");
        }

        /// <summary>How many files of either folder the other has not, or not with the same bits; times left out.</summary>
        public int Different(string one, string other)
        {
            var (first, second) = (Files(one), Files(other));
            return first.Keys.Union(second.Keys).Count(name => !first.TryGetValue(name, out var a) || !second.TryGetValue(name, out var b) || !HtmlReport.Content(a).AsSpan().SequenceEqual(HtmlReport.Content(b)));

            Dictionary<string, string> Files(string name)
            {
                var path = Path.Combine(folder, name);
                return Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(path, file))
                    .Where(file => file.Key != "seconds.csv" && !file.Key.StartsWith("log", StringComparison.Ordinal) && !file.Key.EndsWith(".tmp", StringComparison.Ordinal)).ToDictionary();
            }
        }

        private Process Certify(string output, int images, Shard shard) => Start(
        [
            "certify", "--model", model, "--count", (images + 1).ToString(CultureInfo.InvariantCulture), "--held-back", "0.99999", "--images", "0",
            "--brightness", light.ToString(CultureInfo.InvariantCulture), "--contrast", light.ToString(CultureInfo.InvariantCulture), "--tolerance", "0.5",
            "--max-boxes", maxBoxes.ToString(CultureInfo.InvariantCulture), "--seconds", "3600", "--shard", shard.ToString(), "--out", Path.Combine(folder, output),
        ]);

        private Process Start(IEnumerable<string> arguments)
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
            foreach (var argument in arguments.Prepend(app).Prepend("exec"))
                start.ArgumentList.Add(argument);
            var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            return process;
        }

        /// <summary>Whether the app did what it had to. Bad input is an error of this benchmark.</summary>
        private bool IsDone(Process process)
        {
            if (process.ExitCode == 2)
                throw new InvalidOperationException("The app refused its input.");
            Crashes += process.ExitCode == 0 ? 0 : 1;
            return process.ExitCode == 0;
        }
    }
}
