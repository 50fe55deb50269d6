using System.Text.Json.Nodes;
using System.Xml.Linq;
using KeypointRobustness.Commands;
using KeypointRobustness.Reproduction;
using KeypointRobustness.Shards;
using RobustPruning.Data;

namespace KeypointRobustness.Tests.Reproduction;

/// <summary>The whole comparison, tiny: made once, then looked at and continued.</summary>
[TestFixture]
internal sealed class ReproducerTests
{
    private const string Pruned = "usn-rank-sum+wasserstein.cnn7.both.ratio0.5.weight3.seed0";

    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public async Task Make()
    {
        _folder = new TemporaryFolder();
        Assert.That(await Reproduce(), Is.Zero);
    }

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void EveryRunHasAResultAndNoCheckpointsAreLeft()
    {
        var results = new ResultFolder(ReproductionPreset.Tiny, _folder.Path).Read();
        Assert.That(results.Select(result => result.Run), Is.EquivalentTo(ReproductionPreset.Tiny.Runs()));
        Assert.That(Directory.GetDirectories(_folder.File("checkpoints")), Is.Empty);
        foreach (var result in results)
        {
            Assert.That(result.Images, Has.Count.EqualTo(ReproductionPreset.Tiny.CertifiedImages));
            Assert.That(result.Images.SelectMany(image => image.Answers).Select(answer => answer.Keypoints), Is.All.EqualTo(23));
            Assert.That(
                result.Images.Select(image => image.CertifiedRangePx / image.SampledRangePx),
                Is.All.GreaterThan(0.999),
                "samples lie within bounds");
            Assert.That(result.Deviations.Sum(layer => layer.Channels.Count), Is.EqualTo(result.Channels));
        }
    }

    [Test]
    public void PruningHalvesTheChannels()
    {
        var results = new ResultFolder(ReproductionPreset.Tiny, _folder.Path).Read().ToDictionary(result => result.Run.Row);
        Assert.That(results["usn-rank-sum+wasserstein"].Channels * 2, Is.EqualTo(results["robust"].Channels).Within(2));
    }

    [Test]
    public void TheReportIsThereAndSaysWhatIsMissing()
    {
        Assert.That(
            XDocument.Load(_folder.File("report.html")).Descendants().Count(element => element.Name.LocalName == "svg"),
            Is.GreaterThan(4));
        Assert.That(File.ReadAllText(_folder.File("results.md")), Does.Contain("| usn-rank-sum+wasserstein").And.Not.Contain("## Not run"));

        using var other = Copy();
        File.Delete(ResultOf(other, Pruned));
        new Reproducer(ReproductionPreset.Tiny, other.Path).Report();
        Assert.That(File.ReadAllText(other.File("results.md")), Does.Contain("## Not run").And.Contain(Pruned));
        File.Delete(Directory.GetFiles(other.File("results")).Single());
        new Reproducer(ReproductionPreset.Tiny, other.Path).Report();
        Assert.That(XDocument.Load(other.File("report.html")).Root!.Value, Does.Contain("Not run"));
    }

    [Test]
    public async Task WhatIsThereIsNotMadeAgain()
    {
        using var other = Copy();
        var kept = other.File("results/robust.cnn7.both.ratio0.weight0.seed0.json");
        var before = await File.ReadAllTextAsync(kept);
        var first = Numbers(ResultOf(other, Pruned));
        File.Delete(ResultOf(other, Pruned));

        Assert.That(await Reproduce("--out", other.Path), Is.Zero);
        Assert.That(await File.ReadAllTextAsync(kept), Is.EqualTo(before), "its seconds too");
        Assert.That(Numbers(ResultOf(other, Pruned)), Is.EqualTo(first), "the same seed gives the same network");
    }

    [Test]
    public async Task ShardsMergeIntoTheSameComparison()
    {
        using var other = new TemporaryFolder();
        foreach (var shard in new[] { "0/2", "1/2" })
            Assert.That(await Reproduce("--out", other.File(shard[..1]), "--shard", shard), Is.Zero);
        Assert.That(Directory.GetFiles(other.File("0/results")), Has.Length.EqualTo(1));
        Assert.That(
            await AppCommand.RunAsync(["merge", other.File("0"), other.File("1"), _folder.Path, "--out", other.File("merged")]),
            Is.Zero);
        foreach (var path in new[] { "0", "1" }.SelectMany(shard => Directory.GetFiles(other.File(shard + "/results"))))
            Assert.That(
                File.ReadAllBytes(other.File("merged/results/" + Path.GetFileName(path))),
                Is.EqualTo(File.ReadAllBytes(path)),
                "the first of two is kept");
        Assert.That(
            File.ReadAllText(other.File("merged/results.md")),
            Does.Contain("| usn-rank-sum+wasserstein").And.Not.Contain("## Not run"));
    }

    [Test]
    public void ResultsOnOtherImagesAreRefused()
    {
        using var other = Copy();
        var path = ResultOf(other, Pruned);
        var result = ResultFile.Read<RunResult>(path);
        Assert.That((result.DataDigest, result.ModelDigest), Is.Not.EqualTo(((string?)null, (string?)null)));
        ResultFile.Write(path, result with { DataDigest = new string('0', 64) });
        Assert.That(
            () => new ResultFolder(ReproductionPreset.Tiny, other.Path).Read(),
            Throws.InstanceOf<DataException>().With.Message.Contains("other images"));
    }

    [Test]
    public async Task ADamagedResultIsRefusedByName()
    {
        using var other = Copy();
        var path = ResultOf(other, Pruned);
        var text = await File.ReadAllTextAsync(path);
        foreach (var damaged in new[]
            {
                text[..^20],
                string.Empty,
                "null",
                text.Replace("\"channels\":5", "\"chanels\":5", StringComparison.Ordinal),
            })
        {
            await File.WriteAllTextAsync(path, damaged);
            Assert.That(
                () => new Reproducer(ReproductionPreset.Tiny, other.Path).Report(),
                Throws.InstanceOf<DataException>().With.Message.Contains(path));
            Assert.That(await Reproduce("--out", other.Path), Is.EqualTo(2));
        }
    }

    [Test]
    public void OtherOptionsAreRefused()
    {
        ReproductionPreset[] others =
        [
            ReproductionPreset.Tiny with { ImagesSeen = 1000 },
            ReproductionPreset.Tiny with { Boxes = 5 },
            ReproductionPreset.Tiny with { Lights = [new("both", 0.05, 0.04)] },
            ReproductionPreset.Tiny with { Lights = [new("dark", 0.05, 0.05)] },
            ReproductionPreset.Tiny with { Data = "elsewhere" },
            ReproductionPreset.Tiny with { Weights = [0, 1] },
            ReproductionPreset.Tiny with { Ratios = [0, 0.4] },
            ReproductionPreset.Tiny with { Networks = ["resnet18"] },
        ];
        foreach (var preset in others)
            Assert.That(
                () => new ResultFolder(preset, _folder.Path).Read(),
                Throws.InstanceOf<DataException>().With.Message.Contains("results"),
                preset.ToString());
        Assert.That(
            () => new ResultFolder(others[0], _folder.Path).Read(),
            Throws.InstanceOf<DataException>().With.Message.Contains("images seen"));
    }

    [Test]
    public void ARenamedResultIsRefused()
    {
        using var other = Copy();
        File.Move(ResultOf(other, Pruned), ResultOf(other, Pruned.Replace("seed0", "seed1")));
        Assert.That(
            () => new ResultFolder(ReproductionPreset.Tiny, other.Path).Read(),
            Throws.InstanceOf<DataException>().With.Message.Contains("seed1"));
    }

    [Test]
    public async Task HardnessJoinsTheReport()
    {
        using var other = Copy();
        Assert.That(await AppCommand.RunAsync(["reproduce", "hardness", "--preset", "tiny", "--out", other.Path]), Is.Zero);
        var result = new ResultFolder(ReproductionPreset.Tiny, other.Path).ReadHardness().Single();
        Assert.That(result.Channels.Select(channel => (channel.Layer, channel.Channel)), Is.Unique);
        Assert.That(result.Channels, Has.Count.EqualTo(new ResultFolder(ReproductionPreset.Tiny, other.Path).Read()[0].Channels));
        Assert.That(await File.ReadAllTextAsync(other.File("results.md")), Does.Contain("## Hardness").And.Contain("| contribution |"));
    }

    [TestCase("--preset", "large")]
    [TestCase("--rows", "no such")]
    [TestCase("--seeds", "-1")]
    [TestCase("--data", "no such folder")]
    public async Task BadInputEndsInCode2(string option, string value)
    {
        using var other = new TemporaryFolder();
        Assert.That(await Reproduce("--out", other.Path, option, value), Is.EqualTo(2));
    }

    [Test]
    public async Task ThePaperPresetListsItsRuns() =>
        Assert.That(await AppCommand.RunAsync(["reproduce", "--preset", "paper", "--list", "--out", _folder.File("paper")]), Is.Zero);

    [Test]
    public void ARowOfThePaperPresetRunsScaledDown()
    {
        using var other = new TemporaryFolder();
        var tiny = ReproductionPreset.Tiny;
        var paper = ReproductionPreset.Paper with
        {
            Scenes = tiny.Scenes, HeldBack = tiny.HeldBack, Size = tiny.Size, Width = 0.06, ImagesSeen = tiny.ImagesSeen,
            BatchSize = tiny.BatchSize,
            CertifiedImages = 1, Boxes = 1, Seeds = 1, Networks = ["resnet18"], Lights = [ReproductionPreset.Paper.Lights[1]],
            Weights = [0, 10], Ratios = [0, 0.2, 0.4],
            Rows = ["usn-rank-sum+area"],
        };
        new Reproducer(paper, other.Path).Run(paper.Rows, Shard.Whole, default);
        Assert.That(new ResultFolder(paper, other.Path).Read().Select(result => result.Run.Ratio), Is.EquivalentTo(new[] { 0.2, 0.4 }));
        Assert.That(File.ReadAllText(other.File("report.html")), Does.Contain("pruning ratio"));
    }

    [Test]
    public void ATrainingThatFailsIsAFindingAndTheOthersGoOn()
    {
        using var other = new TemporaryFolder();
        var steep = ReproductionPreset.Tiny with { LearningRate = 1e30, Rows = ["robust", "taylor"] };
        new Reproducer(steep, other.Path).Run(steep.Rows, Shard.Whole, default);

        var results = new ResultFolder(steep, other.Path).Read();
        Assert.That(results, Has.Count.EqualTo(2));
        Assert.That(results.Select(result => result.Failure), Has.None.Null);
        Assert.That(
            File.ReadAllText(other.File("results.md")),
            Does.Contain("| taylor (FAILED: 1 of 1) | – |").And.Contain("## Failed").And.Contain(results[0].Failure));
        Assert.That(XDocument.Load(other.File("report.html")).Root!.Value, Does.Contain("FAILED"));
    }

    private static string ResultOf(TemporaryFolder folder, string run) => folder.File($"results/{run}.json");

    /// <summary>A result without what depends on the machine's mood.</summary>
    private static string Numbers(string path)
    {
        var result = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        foreach (var name in new[] { "seconds", "trainingSeconds" })
            result.Remove(name);
        foreach (var image in result["images"]!.AsArray().Select(image => image!.AsObject()))
        {
            image.Remove("boxSeconds");
            foreach (var answer in image["answers"]!.AsArray().Select(answer => answer!.AsObject()))
            {
                answer.Remove("seconds");
                answer.Remove("processorSeconds");
            }
        }

        return result.ToJsonString();
    }

    private Task<int> Reproduce(params string[] more) =>
        AppCommand.RunAsync([
            "reproduce",
            .. more.Contains("--preset") ? [] : new[] { "--preset", "tiny" },
            .. more.Contains("--out") ? [] : new[] { "--out", _folder.Path },
            .. more,
        ]);

    private TemporaryFolder Copy()
    {
        var copy = new TemporaryFolder();
        Directory.CreateDirectory(copy.File("results"));
        foreach (var path in Directory.GetFiles(_folder.File("results")))
            File.Copy(path, copy.File("results/" + Path.GetFileName(path)));
        return copy;
    }
}
