using System.Text.Json;
using KeypointRobustness.Commands;
using RobustPruning.Models;

namespace KeypointRobustness.Tests.Commands;

/// <summary>Pruning against any change of the scene, and its report.</summary>
[TestFixture]
internal sealed class PruneCommandTests
{
    [TestCase(
        "rotation in [-1, 1], translation x in [-0.5, 0.5], then vignette in [0, 0.1]",
        "--rotate", "1", "--translate-x", "0.5", "--vignette", "0.1", "--edges", "Border")]
    [TestCase("yaw in [-1, 1]", "--yaw", "1", "--edges", "Border")]
    [TestCase("gamma in [-0.1, 0.1], then saturation in [-0.1, 0.1]", "--gamma", "0.1", "--saturation", "0.1")]
    [TestCase("motion blur in [0, 1]", "--motion-blur", "1")]
    [TestCase("blur in [0, 0.5], brightness in [-0.02, 0.02]", "--gaussian-blur", "0.5", "--brightness", "0.02")]
    [TestCase("shadow in [0, 0.1], shadow edge in [-1, 1]", "--shadow", "0.1", "--shadow-move", "1")]
    public async Task TheSceneChangesAsTheOptionsSay(string set, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var before = WriteModel(folder);
        var (code, output, error) = await Prune(folder, ["--images", "1", "--max-boxes", "2", .. options]);
        Assert.That(code, Is.Zero, error);
        var report = await File.ReadAllTextAsync(folder.File("out/report.html"));
        Assert.That(
            report,
            Does.Contain($"Every image under {set}")
                .And.Contain(folder.File("model.safetensors"))
                .And.Contain("Side by side")
                .And.Contain("By layer"));
        Assert.That(output, Does.Contain("unpruned").And.Contain("pruned"));
        using var pruned = ModelFile.Load(folder.File("out/model.safetensors"));
        Assert.That(pruned.Graph.Parameters, Is.LessThan(before));
    }

    [Test]
    public async Task HeatmapsArePrunedWhereTheSceneMovesAndTheReportHasNoVerdicts()
    {
        using var folder = new TemporaryFolder();
        WriteModel(folder, new KeypointHead(0));
        var (code, _, error) = await Prune(folder, ["--rotate", "1", "--edges", "Border"]);
        Assert.That(code, Is.Zero, error);
        Assert.That(
            await File.ReadAllTextAsync(folder.File("out/report.html")),
            Does.Contain("0 of them certified").And.Not.Contain("What is certified"));
        (code, _, error) = await Prune(folder, ["--rotate", "1", "--edges", "Border", "--verification-seconds", "1"]);
        Assert.That((code, error.Contains("--verification-seconds")), Is.EqualTo((2, true)), error);
    }

    [Test]
    public async Task BothNetworksAreToldAsEventsOfTheSameVersion()
    {
        using var folder = new TemporaryFolder();
        var before = WriteModel(folder);
        var (code, output, error) = await Captured.Run(["prune", "--json", .. Arguments(folder), "--images", "2", "--max-boxes", "2"]);
        Assert.That(code, Is.Zero, error);
        var events = output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        Assert.That(events.Select(one => one.GetProperty("version").GetInt32()), Is.All.EqualTo(1));
        var ways = events.Where(one => one.GetProperty("event").GetString() == "way").ToList();
        Assert.That(ways.Select(way => way.GetProperty("name").GetString()), Is.EqualTo(new[] { "unpruned", "pruned" }));
        Assert.That(
            ways[0].GetProperty("parameters").GetInt64(),
            Is.EqualTo(before).And.GreaterThan(ways[1].GetProperty("parameters").GetInt64()));
        foreach (var way in ways)
            Assert.That(
                new[] { "certified", "falsified", "unknown" }.Sum(verdict => way.GetProperty(verdict).GetInt32()),
                Is.EqualTo(2 * 23));
    }

    private static long WriteModel(TemporaryFolder folder, KeypointHead? head = null)
    {
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 23, 0.05, Head: head));
        ModelFile.Save(network, folder.File("model.safetensors"));
        return network.Graph.Parameters;
    }

    private static string[] Arguments(TemporaryFolder folder) =>
        [
            "--model", folder.File("model.safetensors"), "--count", "6", "--held-back", "0.5", "--ratio", "0.3", "--rounds", "1",
            "--epochs", "1", "--out", folder.File("out"),
        ];

    private static Task<(int Code, string Output, string Error)> Prune(TemporaryFolder folder, string[] more) =>
        Captured.Run(["prune", .. Arguments(folder), .. more]);
}
