using System.Diagnostics;
using System.Globalization;
using KeypointRobustness.Shards;

namespace RobustPruning.Benchmarks;

/// <summary>Runs the app's <c>certify</c> on image files as processes of their own, and watches what they cost.</summary>
/// <param name="app">The app's file.</param>
/// <param name="folder">The folder that everything is written to.</param>
/// <param name="model">The model file.</param>
/// <param name="light">Brightness and contrast may change by up to this.</param>
/// <param name="maxBoxes">Boxes an image.</param>
/// <param name="cancellationToken">Stops the work.</param>
internal sealed class CertifyProcesses(
    string app, string folder, string model, double light, int maxBoxes, CancellationToken cancellationToken)
{
    private const int Tenths = 10;

    /// <summary>How often the app ended by itself before it was done, and was started again.</summary>
    public int Crashes { get; private set; }

    /// <summary>Writes image files, so that <paramref name="count"/> of them can be certified.</summary>
    /// <param name="data">The name of their folder.</param>
    /// <param name="count">How many; one more is written, as a data set keeps one for training at least.</param>
    public void WriteImages(string data, int count) => ImageFiles.Write(Path.Combine(folder, data), count + 1, cancellationToken);

    /// <summary>Certifies one shard to its end.</summary>
    /// <returns>The cost, and the most memory, in megabytes, in each tenth of the images and after the last one.</returns>
    public async Task<(ProcessCost Cost, IReadOnlyList<double> Megabytes)> Run(string data, string output, Shard shard, int? images = null)
    {
        var (clock, worked, megabytes) = (Stopwatch.StartNew(), 0.0, new double[Tenths + 1]);
        for (var isDone = false; !isDone;)
        {
            var (done, own) = (0, images ?? int.MaxValue);
            using var process = Start(
                Certify(data, output, shard),
                line => done += line.StartsWith("{\"event\":\"done\",\"work\":\"certifying", StringComparison.Ordinal) ? 1 : 0);
            worked += await Watch(process, memory =>
            {
                var tenth = (int)((long)done * Tenths / own);
                megabytes[tenth] = Math.Max(megabytes[tenth], memory);
            });
            isDone = IsDone(process);
        }

        return (
            new ProcessCost(Math.Round(clock.Elapsed.TotalSeconds, 1), Math.Round(worked, 1), Math.Round(megabytes.Max())),
            [.. megabytes.Select(memory => Math.Round(memory))]);
    }

    /// <summary>Merges folders.</summary>
    /// <returns>What that cost.</returns>
    public async Task<ProcessCost> Merge(string output, IEnumerable<string> folders)
    {
        var (clock, most) = (Stopwatch.StartNew(), 0.0);
        using var process = Start(["merge", .. folders.Select(name => Path.Combine(folder, name)), "--out", Path.Combine(folder, output)]);
        var worked = await Watch(process, memory => most = Math.Max(most, memory));
        if (!IsDone(process))
            throw new InvalidOperationException("The results could not be merged.");
        return new ProcessCost(Math.Round(clock.Elapsed.TotalSeconds, 1), Math.Round(worked, 1), Math.Round(most));
    }

    /// <summary>Starts to certify a shard.</summary>
    public Process StartCertify(string data, string output, Shard shard) => Start(Certify(data, output, shard));

    /// <summary>Whether the app did what it had to. Bad input is an error of this benchmark.</summary>
    public bool IsDone(Process process)
    {
        if (process.ExitCode == 2)
            throw new InvalidOperationException("The app refused its input.");
        Crashes += process.ExitCode == 0 ? 0 : 1;
        return process.ExitCode == 0;
    }

    private string[] Certify(string data, string output, Shard shard) =>
        [
            "certify", "--model", model, "--data", Path.Combine(folder, data), "--held-back", "0.99999", "--images", "0", "--json",
            "--brightness", light.ToString(CultureInfo.InvariantCulture), "--contrast", light.ToString(CultureInfo.InvariantCulture),
            "--tolerance", "0.5", "--max-boxes", maxBoxes.ToString(CultureInfo.InvariantCulture), "--seconds", "3600", "--shard",
            shard.ToString(), "--out", Path.Combine(folder, output),
        ];

    private Process Start(IEnumerable<string> arguments, Action<string>? read = null)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments.Prepend(app).Prepend("exec"))
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => read?.Invoke(line.Data ?? string.Empty);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith("error", StringComparison.Ordinal) == true)
                Console.Error.WriteLine(line.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>
    /// Tells the memory of a process, in megabytes, until it ends. It is not known then any more, nor is the processor time: they are asked
    /// often.
    /// </summary>
    /// <returns>The processor time in seconds.</returns>
    private async Task<double> Watch(Process process, Action<double> tell)
    {
        var processor = TimeSpan.Zero;
        while (!process.HasExited)
        {
            try
            {
                process.Refresh();
                processor = process.TotalProcessorTime;
                tell(process.WorkingSet64 / 1e6);
            }
            catch (InvalidOperationException)
            {
                // It has just ended.
            }

            await Task.WhenAny(process.WaitForExitAsync(cancellationToken), Task.Delay(50, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        await process.WaitForExitAsync(cancellationToken);
        return processor.TotalSeconds;
    }
}

/// <summary>What processes cost.</summary>
/// <param name="Seconds">The time they took.</param>
/// <param name="ProcessorSeconds">The processor time.</param>
/// <param name="MegabytesAtMost">The most memory of one of them.</param>
internal sealed record ProcessCost(double Seconds, double ProcessorSeconds, double MegabytesAtMost)
{
    /// <summary>What two cost that run one after the other.</summary>
    public static ProcessCost operator +(ProcessCost left, ProcessCost right) =>
        new(
            Math.Round(left.Seconds + right.Seconds, 1),
            Math.Round(left.ProcessorSeconds + right.ProcessorSeconds, 1),
            Math.Max(left.MegabytesAtMost, right.MegabytesAtMost));
}
