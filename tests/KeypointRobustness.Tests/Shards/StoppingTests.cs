using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using KeypointRobustness.Commands;
using RobustPruning.Graphs;
using RobustPruning.Onnx;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace KeypointRobustness.Tests.Shards;

/// <summary>Commands as processes of their own, stopped by signals and by time.</summary>
[TestFixture]
internal sealed class StoppingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private const int Seconds = 12;

    private CertifiedSet _set = null!;

    private static IEnumerable<TestCaseData> Commands()
    {
        foreach (var signal in new[] { "INT", "TERM" })
        {
            yield return Case(
                "certify",
                [
                    "certify", "--images", "0", "--count", "4000", "--max-boxes", "4000", "--brightness", "0.3", "--contrast", "0.3",
                    "--tolerance", "0.01",
                ],
                "the same command goes on");
            yield return Case("check", ["check"], "the same command goes on");
            yield return Case("train", ["train", "--count", "400", "--size", "32", "--epochs", "1000"], "--checkpoints");
            yield return Case(
                "train, checkpoints",
                ["train", "--count", "64", "--size", "16", "--epochs", "100000", "--checkpoints", "OUT/checkpoints"],
                "the same command goes on from it");
            yield return Case("prune", ["prune", "--count", "400", "--epochs", "1000"], "--checkpoints");
            yield return Case("demo", ["demo"], "starts over");
            yield return Case("reproduce", ["reproduce", "--preset", "quick"], "the same command goes on");
            yield return Case("verify", ["verify"], "starts over");

            TestCaseData Case(string name, string[] arguments, string line) =>
                new TestCaseData(signal, arguments, line).SetArgDisplayNames(name, signal);
        }
    }

    [OneTimeSetUp]
    public async Task Train() => _set = await CertifiedSet.Create();

    [OneTimeTearDown]
    public void Delete() => _set.Dispose();

    [TestCaseSource(nameof(Commands))]
    public async Task ASignalEndsEveryCommandSoonAndSaysHowToGoOn(string signal, string[] command, string line)
    {
        if (signal == "INT" && InterruptIsIgnored())
            Assert.Ignore("skipped: SIGINT is ignored here, as in what a script starts with &");
        var output = $"{command[0]}{command.Length}{signal}";
        using var app = AppProcess.Start([.. await Arguments(command, output), "--json"]);
        await app.Until(() => app.Output.Contains(command[0] is "certify" or "check" ? "\"done\"," : "\"command\","));
        await Task.Delay(TimeSpan.FromSeconds(command[0] == "check" ? 0 : new Random(FreshSeedsAttribute.Current).NextDouble() * 4));
        app.Signal(signal);
        var clock = Stopwatch.StartNew();
        var (code, _, error) = await app.End();
        var elapsed = clock.Elapsed;
        Assert.That((code, elapsed < Limit + await Delay()), Is.EqualTo((signal == "INT" ? 130 : 143, true)), $"{elapsed}: {error}");
        Assert.That(error, Does.Contain($"stopped (SIG{signal}). ").And.Contain(line));
        Assert.That(error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Last(), Does.StartWith("stopped"));
        if (Directory.Exists(_set.File(output)))
            Assert.That(Directory.GetFiles(_set.File(output), "*.tmp", SearchOption.AllDirectories), Is.Empty);
    }

    // A process keeps ignoring a signal that its parent ignored.
    private static bool InterruptIsIgnored() =>
        File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
        && (Convert.ToUInt64(line.Split('\t')[1], 16) & 0b10) != 0;

    [Test]
    public async Task TimeStopsTheWorkAndTheSameCommandGoesOn([Values] bool scheduler)
    {
        var output = scheduler ? "job" : "time";
        var end = DateTimeOffset.UtcNow.AddSeconds(Seconds).ToUnixTimeSeconds();
        var (code, _, error) = scheduler
            ? await AppProcess.Run(Long(output), ("SLURM_JOB_END_TIME", end.ToString()))
            : await AppProcess.Run([.. Long(output), "--time", $"0:00:{Seconds}"]);
        Assert.That(code, Is.EqualTo(124), error);
        Assert.That(DateTimeOffset.UtcNow, Is.LessThan(DateTimeOffset.FromUnixTimeSeconds(end) + await Delay()));
        Assert.That(
            error,
            Does.Match("stopped \\(its time is over\\)\\. [1-9][0-9]* of 2000 images are kept in .*; the same command goes on\\."));
        var kept = Directory.GetFiles(_set.File(output + "/results"), "*.json");
        Assert.That(kept, Is.Not.Empty);
        var before = kept.Select(File.GetLastWriteTimeUtc).ToArray();

        (code, var text, error) = await AppProcess.Run([.. Long(output), "--time", $"{Seconds}", "--json"]);
        Assert.That(code, Is.EqualTo(124), error);
        var events = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!)
            .ToLookup(line => (string)line["event"]!);
        Assert.That((int)events["start"].Single()["done"]!, Is.EqualTo(kept.Length));
        Assert.That(kept.Select(File.GetLastWriteTimeUtc), Is.EqualTo(before), "nothing is made again");
        Assert.That(Directory.GetFiles(_set.File(output + "/results"), "*.json"), Has.Length.GreaterThan(kept.Length));
        Assert.That(events["done"].Count(), Is.EqualTo(Directory.GetFiles(_set.File(output + "/results"), "*.json").Length - kept.Length));
        Assert.That((string)events["stopped"].Single()["reason"]!, Is.EqualTo("its time is over"));
    }

    [TestCase("certify", "--model", "MODEL", "--count", "24")]
    [TestCase("check", "CERTIFIED", "--model", "MODEL", "--count", "24")]
    [TestCase("verify", "--instances", "LIST")]
    [TestCase("reproduce", "--preset", "tiny")]
    public async Task ACommandThatIsStoppedAtItsStartSaysThatEarlierResultsAreKept(params string[] command)
    {
        Assert.That(await AppCommand.RunAsync(_set.Certify("early-certified", "--shard", "0/6")), Is.Zero);
        string[] arguments =
        [
            .. command.Select(word =>
                word switch
                {
                    "MODEL" => _set.Model,
                    "CERTIFIED" => _set.File("early-certified"),
                    "LIST" => List(),
                    _ => word,
                }),
        ];
        var (code, _, error) = await AppProcess.Run([.. arguments, "--out", _set.File("early-" + command[0])], ("SLURM_JOB_END_TIME", "1"));
        Assert.That(code, Is.EqualTo(124), error);
        Assert.That(
            error.Trim(),
            Does.Match(
                "^stopped \\(its time is over\\)\\. .*(kept in .*; the same command goes on|or goes on from what earlier runs have "
                + "finished)\\.$"));

        string List()
        {
            File.WriteAllText(_set.File("list.csv"), $"{Path.GetFileName(Model())},{Path.GetFileName(Specification())},60\n");
            return _set.File("list.csv");
        }
    }

    [TestCase("--time", "soon")]
    [TestCase("--time", "0")]
    [TestCase("--time", "-5")]
    [TestCase("--shard", "3/3")]
    public async Task ABadTimeOrShardIsOneLine(string option, string value)
    {
        var (code, _, error) = await Captured.Run([.. _set.Certify("bad"), option, value]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.StartWith("error: ").And.Contain(value == "-5" ? "-5" : option));
        Assert.That(Directory.Exists(_set.File("bad")), Is.False);
    }

    [TestCase("nosuch")]
    [TestCase("certify", "--nosuch")]
    [TestCase("merge")]
    [TestCase("merge", "nosuch")]
    public async Task ScriptsHearOfEveryError(params string[] command)
    {
        var (code, output, error) = await AppProcess.Run([.. command, "--json"]);
        var last = JsonNode.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Last())!;
        Assert.That((code, (string)last["event"]!, error.Trim()), Is.EqualTo((2, "error", "error: " + (string)last["message"]!)));
    }

    [TestCase("90", 90)]
    [TestCase("1.5", 1.5)]
    [TestCase("00:10", 600)]
    [TestCase("4:00:00", 14400)]
    [TestCase("1-02:03:04", 93784)]
    public void TimesAreReadAsSchedulersWriteThem(string text, double seconds) =>
        Assert.That((Stopping.End(text)!.Value - DateTimeOffset.UtcNow).TotalSeconds, Is.EqualTo(seconds).Within(5));

    [Test]
    public async Task ATerminalShowsABarAndALogDoesNot()
    {
        if (!File.Exists("/usr/bin/script"))
            Assert.Ignore("skipped: there is no script(1) here that makes a terminal.");
        var command = string.Join(
            ' ',
            new[] { "dotnet", "exec", AppProcess.Path }.Concat(_set.Certify("terminal")).Select(word => $"'{word}'"));
        var (code, output, _) = await AppProcess.RunProgram("script", ["-qec", command, "/dev/null"]);
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Match("█░+ certifying: [0-9]+/12 images, .* left, [0-9]+ cert"));
        (code, output, var error) = await AppProcess.Run(_set.Certify("log"));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Not.Contain("█").And.Not.Contain("\u001b").And.Not.Contain("certifying:"));
        Assert.That(error, Does.Not.Contain("█").And.Not.Contain("\u001b").And.Contain("certifying: 12/12 images"));
    }

    /// <summary>
    /// How long a process of the app waits for a processor until it has only started: hardly at all but where the machine does much else.
    /// </summary>
    private static async Task<TimeSpan> Delay()
    {
        var (_, _, times) = await AppProcess.RunProgram(
            "bash",
            ["-c", $"TIMEFORMAT='%R %U %S'; time dotnet exec '{AppProcess.Path}' --help >/dev/null"]);
        double[] seconds = [.. times.Trim().Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        return TimeSpan.FromSeconds(Math.Max(0, seconds[0] - seconds[1] - seconds[2]));
    }

    /// <summary>Many images that take a while each.</summary>
    private string[] Long(string output) =>
        [
            "certify", "--model", _set.Model, "--count", "4000", "--held-back", "0.5", "--images", "0", "--brightness", "0.1", "--contrast",
            "0.1", "--tolerance", "0.3", "--max-boxes", "1", "--seconds", "1000", "--out", _set.File(output),
        ];

    private async Task<string[]> Arguments(string[] command, string output)
    {
        string[] arguments = [.. command.Select(word => word.Replace("OUT", _set.File(output)))];
        switch (command[0])
        {
            case "verify":
                return [.. arguments, Model(), Specification()];
            case "certify" or "prune":
                return [.. arguments, "--model", _set.Model, "--out", _set.File(output)];
            case "check":
                // Certificates of many boxes, which take their time to check.
                if (!Directory.Exists(_set.File("certified")))
                    Assert.That(
                        await AppCommand.RunAsync([
                            "certify", "--model", _set.Model, "--count", "24", "--images", "0", "--held-back", "0.5", "--brightness", "0.3",
                            "--contrast", "0.3", "--tolerance", "0.01", "--max-boxes", "400", "--out", _set.File("certified"),
                        ]),
                        Is.Zero);
                return [.. arguments, _set.File("certified"), "--model", _set.Model, "--count", "24", "--out", _set.File(output)];
            default:
                return [.. arguments, "--out", _set.File(output)];
        }
    }

    /// <summary>A network of many inputs that all may move, which no short search decides.</summary>
    private string Model()
    {
        var path = _set.File("hard.onnx");
        if (File.Exists(path))
            return path;
        manual_seed(0);
        using var network = nn.Sequential(
            ("in", nn.Linear(20, 100)), ("relu", nn.ReLU()), ("hidden", nn.Linear(100, 100)), ("relu2", nn.ReLU()),
            ("out", nn.Linear(100, 1)));
        OnnxModel.Save(Graph.Of(network, 20), path);
        return path;
    }

    private string Specification()
    {
        var path = _set.File("hard.vnnlib");
        var inputs = Enumerable
            .Range(0, 20)
            .Select(index => $"(declare-const X_{index} Real)(assert (>= X_{index} -9))(assert (<= X_{index} 9))\n");
        File.WriteAllText(path, string.Concat(inputs) + "(declare-const Y_0 Real)(assert (>= Y_0 30))");
        return path;
    }
}
