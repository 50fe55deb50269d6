using System.Text.RegularExpressions;
using KeypointRobustness.Shards;

namespace KeypointRobustness.Tests.Shards;

/// <summary>The sbatch file on a real Slurm of one node on loopback, and the Kubernetes file's own agreement.</summary>
[TestFixture]
internal sealed class SlurmTests
{
    private static readonly string Root = FindRoot();

    [Test, CancelAfter(420_000)]
    public async Task AnArrayWithKilledTasksRunAgainGivesTheResultOfOneRun(CancellationToken cancellationToken)
    {
        using var slurm = new TemporaryFolder();
        string[] Script(string verb) => [Path.Combine(Root, "eng/slurm-on-loopback.sh"), verb, slurm.File("slurm")];
        var (code, _, error) = await AppProcess.RunProgram("bash", Script("start"));
        try
        {
            if (code == 77)
                Assert.Ignore("skipped: " + error.Trim());
            Assert.That(code, Is.Zero, error);
            using var set = await CertifiedSet.Create();
            Assert.That((await AppProcess.Run(Arguments(set, "whole"))).Code, Is.Zero);

            // One task is cancelled and one killed in the middle; neither is run again by Slurm itself.
            var job = await Submit(slurm, set, "--array=0-3", "--no-requeue");
            await Until(() => Directory.Exists(set.File("array/results")) && Results(set).Length >= 2, cancellationToken);
            await Slurm(slurm, "scancel", $"{job}_1");
            await Slurm(slurm, "scancel", "--signal=KILL", "--full", $"{job}_2");
            await Over(slurm, job, cancellationToken);
            var states = await Slurm(slurm, "scontrol", "--oneliner", "show", "job", job);
            TestContext.Out.WriteLine(
                $"{Results(set).Length} of 40 after the first array: "
                + $"{string.Join(", ", Regex.Matches(states, "ArrayTaskId=(\\d) .*?JobState=(\\w+) .*?ExitCode=(\\S+)").Select(task => string.Join(' ', task.Groups.Values.Skip(1))))}");
            Assert.That(WorkFolder.Read(set.File("array")).Missing(), Is.Not.Empty);
            var first = Results(set).ToDictionary(path => path, File.GetLastWriteTimeUtc);

            // An array of another size does what is missing, and its last task writes the report.
            job = await Submit(slurm, set, "--array=1-3");
            await Over(slurm, job, cancellationToken);
            Assert.That(first.Keys.Select(File.GetLastWriteTimeUtc), Is.EqualTo(first.Values), "nothing is made again");
            Assert.That((await AppProcess.RunProgram("bash", [Sbatch, "merge"], Variables(slurm, set))).Code, Is.Zero);
            set.RequireSame("array", "whole");
            Assert.That(
                File.ReadAllText(slurm.File("task-1.log")),
                Does.Match("stopped \\(SIGTERM\\)\\. [0-9]+ of 10 images of shard 1/4 are kept"));
        }
        finally
        {
            await AppProcess.RunProgram("bash", Script("stop"));
        }
    }

    [Test]
    public void TheKubernetesJobKeepsTheRulesOfItsKind()
    {
        var job = Yaml(File.ReadAllLines(Path.Combine(Root, "samples/cluster/certify-job.yaml")));
        string One(string path) => job.Single(entry => entry.Path == path).Value;
        Assert.That((One("apiVersion"), One("kind"), One("spec.completionMode")), Is.EqualTo(("batch/v1", "Job", "Indexed")));

        // Kubernetes sets JOB_COMPLETION_INDEX alone; the value of a variable has to be a string.
        Assert.That(One("spec.template.spec.containers.env.name"), Is.EqualTo("JOB_COMPLETIONS"));
        Assert.That(One("spec.template.spec.containers.env.value"), Is.EqualTo($"\"{One("spec.completions")}\""));

        // A limit for each index and a policy of failures are allowed only where pods are not restarted in place.
        Assert.That(One("spec.template.spec.restartPolicy"), Is.EqualTo("Never"));
        Assert.That(int.Parse(One("spec.backoffLimitPerIndex")), Is.Positive);
        Assert.That(
            job.Where(entry => entry.Path == "spec.podFailurePolicy.rules.action").Select(entry => entry.Value),
            Is.EqualTo(new[] { "FailIndex", "Ignore" }));
        Assert.That(One("spec.podFailurePolicy.rules.onExitCodes.values"), Is.EqualTo("[1, 2]"), "what trying again does not help");
        Assert.That(One("spec.podFailurePolicy.rules.onExitCodes.containerName"), Is.EqualTo(One("spec.template.spec.containers.name")));
        Assert.That(One("spec.template.spec.containers.volumeMounts.name"), Is.EqualTo(One("spec.template.spec.volumes.name")));
        Assert.That(
            One("spec.template.spec.containers.command"),
            Is.EqualTo("[dotnet, exec, /volume/app/KeypointRobustness.dll, certify]"));
    }

    /// <summary>The values of a file in YAML's block style, with their paths; the items of a list share a path.</summary>
    private static List<(string Path, string Value)> Yaml(IEnumerable<string> lines)
    {
        var (above, values) = (new Stack<(int Indent, string Name)>(), new List<(string, string)>());
        foreach (var line in lines.Where(line => line.Trim() is { Length: > 0 } text && text[0] != '#'))
        {
            var indent = line.Length - line.TrimStart(' ').Length;
            var text = line.Trim();
            if (text.StartsWith("- ", StringComparison.Ordinal))
                (indent, text) = (indent + 2, text[2..]);
            while (above.TryPeek(out var last) && last.Indent >= indent)
                above.Pop();
            var (name, value) = Regex.Match(text, "^([A-Za-z]+):(?: (.*))?$") is { Success: true } pair
                ? (pair.Groups[1].Value, pair.Groups[2].Value)
                : (string.Empty, text);
            above.Push((indent, name));
            if (value.Length > 0)
                values.Add((string.Join('.', above.Reverse().Select(entry => entry.Name).Where(part => part.Length > 0)), value));
        }

        return values;
    }

    private static string Sbatch => Path.Combine(Root, "samples/cluster/certify.sbatch");

    /// <summary>Forty scenes: enough to be stopped in the middle.</summary>
    private static string[] Arguments(CertifiedSet set, string output)
    {
        var arguments = set.Certify(output);
        arguments[Array.IndexOf(arguments, "--count") + 1] = "80";
        return arguments;
    }

    private static string[] Results(CertifiedSet set) => Directory.GetFiles(set.File("array/results"), "*.json");

    private static (string, string)[] Variables(TemporaryFolder slurm, CertifiedSet set) =>
        [("SLURM_CONF", slurm.File("slurm/slurm.conf")), ("APP", AppProcess.Path), ("RESULTS", set.File("array"))];

    private static async Task<string> Slurm(TemporaryFolder slurm, string program, params string[] arguments)
    {
        var (code, output, error) = await AppProcess.RunProgram(program, arguments, ("SLURM_CONF", slurm.File("slurm/slurm.conf")));
        Assert.That(code, Is.Zero, error);
        return output;
    }

    private static async Task<string> Submit(TemporaryFolder slurm, CertifiedSet set, params string[] options)
    {
        // The file gives the folder itself.
        string[] arguments = [.. Arguments(set, "array")[1..^2]];
        var (code, output, error) = await AppProcess.RunProgram(
            "sbatch",
            [
                "--parsable", "--export=ALL", $"--output={slurm.File("task-%a.log")}", $"--chdir={slurm.Path}", .. options, Sbatch,
                .. arguments,
            ],
            Variables(slurm, set));
        Assert.That(code, Is.Zero, error);
        return output.Trim();
    }

    private static Task Over(TemporaryFolder slurm, string job, CancellationToken cancellationToken) =>
        Until(async () => (await Slurm(slurm, "squeue", "--noheader", "--jobs", job)).Trim().Length == 0, cancellationToken);

    private static Task Until(Func<bool> holds, CancellationToken cancellationToken) =>
        Until(() => Task.FromResult(holds()), cancellationToken);

    private static async Task Until(Func<Task<bool>> holds, CancellationToken cancellationToken)
    {
        while (!await holds())
            await Task.Delay(50, cancellationToken);
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "RobustPruning.sln")))
            folder =
                Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("There is no RobustPruning.sln above the tests.");
        return folder;
    }
}
