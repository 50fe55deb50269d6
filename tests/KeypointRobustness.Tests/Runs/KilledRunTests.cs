using System.Diagnostics;
using KeypointRobustness.Commands;
using RobustPruning.Tests;

namespace KeypointRobustness.Tests.Runs;

/// <summary>The app as a process of its own, killed without warning.</summary>
[TestFixture]
internal sealed class KilledRunTests
{
    private const int Kills = 20;

    private static readonly string[] Prune =
    [
        "prune", "--data", "aircraft", "--count", "24", "--batch", "4", "--epochs", "3", "--rounds", "3", "--images", "0",
    ];

    [Test]
    public async Task ARunKilledAtRandomMomentsEndsInTheSameBits()
    {
        using var folder = new TemporaryFolder();
        Assert.That(
            await AppCommand.RunAsync([
                "train", "--count", "24", "--size", "16", "--width", "0.05", "--epochs", "1", "--batch", "4", "--out",
                folder.File("trained"),
            ]),
            Is.Zero);
        var model = folder.File("trained/model.safetensors");
        var clock = Stopwatch.StartNew();
        Assert.That(await Finish(model, folder.File("whole"), null), Is.Zero);
        var whole = clock.Elapsed;

        var seed = FreshSeedsAttribute.Current;
        var random = new Random(seed);
        int kills = 0, run = 0;
        while (kills < Kills)
        {
            // A run that ends before it is killed is compared, and another begins.
            var output = folder.File($"killed{run}");
            var checkpoints = folder.File($"checkpoints{run}");
            clock.Restart();
            if (await KillDuring(model, output, checkpoints, whole * (0.3 + (0.8 * random.NextDouble()))))
            {
                kills++;
                continue;
            }

            // The first run may have been slower than all others: kills must come before the end.
            whole = TimeSpan.FromTicks(Math.Min(whole.Ticks, clock.Elapsed.Ticks));
            AssertSame(output, folder.File("whole"));
            run++;
        }

        Assert.That(await Finish(model, folder.File("last"), folder.File($"checkpoints{run}")), Is.Zero);
        AssertSame(folder.File("last"), folder.File("whole"));
    }

    private static void AssertSame(string output, string expected) =>
        Assert.That(
            File.ReadAllBytes(Path.Combine(output, "model.safetensors")),
            Is.EqualTo(File.ReadAllBytes(Path.Combine(expected, "model.safetensors"))));

    /// <summary>Starts the app and kills it after a while; whether it was killed before it had ended.</summary>
    private static async Task<bool> KillDuring(string model, string output, string checkpoints, TimeSpan after)
    {
        using var process = Start(model, output, checkpoints);
        using var timeout = new CancellationTokenSource(after);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            Assert.That(process.ExitCode, Is.Zero);
            return false;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            return process.ExitCode != 0;
        }
    }

    private static async Task<int> Finish(string model, string output, string? checkpoints)
    {
        using var process = Start(model, output, checkpoints);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static Process Start(string model, string output, string? checkpoints)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = false };
        string[] arguments =
        [
            "exec", typeof(AppCommand).Assembly.Location, .. Prune, "--model", model, "--out", output,
            .. checkpoints is null ? (string[])[] : ["--checkpoints", checkpoints],
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
