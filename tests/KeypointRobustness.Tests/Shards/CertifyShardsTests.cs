using System.Text.Json.Nodes;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;
using KeypointRobustness.Shards;
using RobustPruning.Certification;
using RobustPruning.Perturbations;
using RobustPruning.Tests;

namespace KeypointRobustness.Tests.Shards;

/// <summary><c>certify</c>, <c>merge</c> and <c>check</c> in shards, against one run of all.</summary>
[TestFixture]
internal sealed class CertifyShardsTests
{
    private CertifiedSet _set = null!;

    [OneTimeSetUp]
    public async Task Certify()
    {
        _set = await CertifiedSet.Create();
        Assert.That(await AppCommand.RunAsync(_set.Certify("whole")), Is.Zero);
    }

    [OneTimeTearDown]
    public void Delete() => _set.Dispose();

    [Test]
    public async Task FoldersOfShardsMergeIntoTheSameBytes()
    {
        for (var index = 0; index < 3; index++)
            Assert.That(await AppCommand.RunAsync(_set.Certify($"third{index}", "--shard", $"{index}/3")), Is.Zero);
        Assert.That(
            await AppCommand.RunAsync([
                "merge", _set.File("third2"), _set.File("third0"), _set.File("third1"), "--out", _set.File("merged"),
            ]),
            Is.Zero);
        _set.RequireSame("merged", "whole");
        Assert.That(File.ReadAllLines(_set.File("merged/seconds.csv")), Has.Length.EqualTo(13));
    }

    [Test]
    public async Task AnotherNumberOfShardsGoesOnInOneFolder()
    {
        Assert.That(await AppCommand.RunAsync(_set.Certify("common", "--shard", "1/3")), Is.Zero);
        Assert.That(File.Exists(_set.File("common/report.html")), Is.False, "it is not complete");
        var first = Directory.GetFiles(_set.File("common/results")).ToDictionary(path => path, File.GetLastWriteTimeUtc);
        Assert.That(first, Has.Count.EqualTo(4));
        foreach (var shard in new[] { "1/2", "0/2" })
            Assert.That(await AppCommand.RunAsync(_set.Certify("common", "--shard", shard)), Is.Zero);
        Assert.That(first.Keys.Select(File.GetLastWriteTimeUtc), Is.EqualTo(first.Values), "nothing is made again");
        Assert.That(Directory.GetFiles(_set.File("common/log")).Sum(path => File.ReadAllLines(path).Length), Is.EqualTo(12));
        _set.RequireSame("common", "whole");
    }

    [Test]
    public async Task MergeSaysWhatIsMissingAndWhatIsThereTwice()
    {
        Copy("whole", "left", 7);
        Copy("whole", "right", 3);
        var (code, output, _) = await Captured.Run(["merge", _set.File("left"), _set.File("right"), "--out", _set.File("both")]);
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("5 of 12 missing: scene ").And.Contain("3 of 12 there twice: scene "));
        var summary = JsonNode.Parse(File.ReadAllText(_set.File("both/summary.json")))!;
        Assert.That(summary["missing"]!.AsArray(), Has.Count.EqualTo(5));
        Assert.That(File.ReadAllText(_set.File("both/report.html")), Does.Contain("Missing: scene"));

        // The same folder goes on to the end.
        Assert.That(await AppCommand.RunAsync(_set.Certify("both")), Is.Zero);
        _set.RequireSame("both", "whole");
    }

    [Test]
    public async Task ProcessesKilledAtRandomMomentsLoseNothingAndMakeNothingAgain()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        var written = new Dictionary<string, DateTime>();
        for (var kill = 0; kill < 4; kill++)
        {
            using var app = AppProcess.Start(_set.Certify("killed", "--shard", $"{kill % 2}/2"));
            await Task.Delay(TimeSpan.FromSeconds(4 * random.NextDouble()));
            app.Signal("KILL");
            await app.End();
            Look();
        }

        foreach (var shard in new[] { "0/2", "1/2" })
            Assert.That((await AppProcess.Run(_set.Certify("killed", "--shard", shard))).Code, Is.Zero);
        Look();

        // A process that was killed may leave a temporary file, which a run deletes once it is old.
        foreach (var path in Directory.GetFiles(_set.File("killed"), "*.tmp", SearchOption.AllDirectories))
            File.Delete(path);
        _set.RequireSame("killed", "whole");

        void Look()
        {
            foreach (var path in Directory.Exists(_set.File("killed/results")) ? Directory.GetFiles(_set.File("killed/results"), "*.json")
                : [])
                written.TryAdd(path, File.GetLastWriteTimeUtc(path));
            Assert.That(
                written.Keys.Select(File.GetLastWriteTimeUtc),
                Is.EqualTo(written.Values),
                "nothing is lost, and nothing is made again");
        }
    }

    [TestCase("--tolerance", "0.4", "property")]
    [TestCase("--brightness", "0.09", "perturbation set")]
    [TestCase("--max-boxes", "25", "boxes at most")]
    [TestCase("--against", "prediction", "measured from")]
    public async Task ResultsOfOtherOptionsAreRefusedByName(string option, string value, string named)
    {
        Copy("whole", "other" + option, 2);
        var arguments = _set.Certify("other" + option);
        arguments = arguments.Contains(option) ? Replace(arguments, option, value) : [.. arguments, option, value];
        var (code, _, error) = await Captured.Run(arguments);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain(named).And.Contain("set.json"));
        Assert.That(error.Trim(), Does.Not.Contain("\n"));
    }

    [Test]
    public async Task ResultsAboutAnotherImageOrDamagedOnesAreRefusedByName()
    {
        Copy("whole", "swapped", 12);
        var files = Directory.GetFiles(_set.File("swapped/results")).Order().ToArray();
        File.Copy(files[1], files[0], overwrite: true);
        var (code, _, error) = await Captured.Run(_set.Certify("swapped"));
        Assert.That(
            (code, error),
            Is.EqualTo(
                (
                    2,
                    $"error: Result {files[0]} is about another image than asked for. Give this run a folder of its own, or delete "
                    + $"it.{Environment.NewLine}")));

        File.WriteAllText(files[0], File.ReadAllText(files[1])[..200]);
        (code, _, error) = await Captured.Run(_set.Certify("swapped"));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain(files[0]).And.Contain("Delete it"));
    }

    [Test]
    public async Task DifferentResultsOfAnImageAreNotMerged()
    {
        Copy("whole", "honest", 12);
        Copy("whole", "changed", 12);
        var changed = Directory.GetFiles(_set.File("changed/results")).Order().First();
        var certificate = Certificate.Load(changed);
        (certificate with { Boxes = certificate.Boxes + 1 }).Save(changed);
        var (code, _, error) = await Captured.Run(["merge", _set.File("honest"), _set.File("changed"), "--out", _set.File("refused")]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain(changed).And.Contain("differ"));
    }

    [Test]
    public async Task MoreImagesJoinTheSet()
    {
        Assert.That(await AppCommand.RunAsync(Replace(_set.Certify("growing"), "--images", "2")), Is.Zero);
        Assert.That(WorkSet.Read(_set.File("growing")).Items, Has.Count.EqualTo(2));
        Assert.That(await AppCommand.RunAsync(_set.Certify("growing")), Is.Zero);
        _set.RequireSame("growing", "whole");
    }

    [Test]
    public async Task CertificatesAreProvedAgainInShardsAndATamperedOneIsRefused()
    {
        foreach (var shard in new[] { "0/2", "1/2" })
            Assert.That(await Check("whole", "checked", "--shard", shard), Is.Zero);
        var summary = JsonNode.Parse(File.ReadAllText(_set.File("checked/summary.json")))!;
        Assert.That(((int)summary["valid"]!, (int)summary["certificates"]!), Is.EqualTo((12, 12)));
        Assert.That((long)summary["leaves"]!, Is.GreaterThan(12));

        Copy("whole", "tampered", 12);
        var path = Directory.GetFiles(_set.File("tampered/results")).Order().ElementAt(3);
        var certificate = Certificate.Load(path);
        var leaf = certificate.Leaves[0];
        (
            certificate with
            {
                Leaves = [leaf with { Lower = [.. leaf.Upper], Upper = [.. leaf.Upper] }, .. certificate.Leaves.Skip(1)],
            }).Save(path);
        var (code, output, _) = await Captured.Run(CheckArguments("tampered", "checked"));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(
            output,
            Does.Contain("11 valid, 1 refused, 0 missing of 12").And.Contain("refused: scene "),
            "only the changed certificate is checked again");
        Assert.That(Directory.GetFiles(_set.File("checked/log")).Sum(log => File.ReadAllLines(log).Length), Is.EqualTo(13));

        File.WriteAllText(path, "{}");
        Assert.That((await Captured.Run(CheckArguments("tampered", "checked"))).Code, Is.EqualTo(1));
    }

    [Test]
    public async Task ACheckOfAnotherModelOrOtherImagesFails()
    {
        Assert.That(
            await AppCommand.RunAsync([
                "train", "--count", "8", "--size", "16", "--width", "0.05", "--epochs", "1", "--batch", "4", "--held-back", "0.5", "--out",
                _set.File("another"),
            ]),
            Is.Zero);
        var (code, _, error) = await Captured.Run([
            "check", _set.File("whole"), "--model", _set.File("another/model.safetensors"), "--count", "24", "--out", _set.File("none"),
        ]);
        Assert.That((code, error.Contains("another model")), Is.EqualTo((2, true)));
        Copy("whole", "few", 1);
        (code, var output, _) = await Captured.Run([
            "check", _set.File("few"), "--model", _set.Model, "--count", "24", "--seed", "1", "--out", _set.File("unknown-images"),
        ]);
        Assert.That(code, Is.EqualTo(1), output);
    }

    [Test]
    public void RegionsAreProvedWhereAllTheirParametersAre()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        foreach (var path in Directory.GetFiles(_set.File("whole/results")).Take(4))
        {
            var certificate = Certificate.Load(path);
            var regions = new ParameterRegions(certificate.PerturbationSet);
            regions.Add(certificate);
            foreach (var (box, claims, proved) in regions.All)
            {
                // A claim counts as proved on a region unless a point inside it lies in a leaf that does not prove it.
                var points = box.Sample(200, random).ToList();
                var open = certificate.Claims.Count(claim => points.Any(point =>
                    certificate.Leaves.Where(leaf => leaf.Box.Contains(point)).Any(leaf => !certificate.IsProved(leaf, claim.Index))));
                Assert.That(claims, Is.EqualTo(23));
                Assert.That(claims - proved, Is.GreaterThanOrEqualTo(open));
                Assert.That(
                    claims - proved,
                    Is.LessThanOrEqualTo(
                        certificate.Claims.Count(claim =>
                            certificate.Leaves.Any(leaf =>
                                !certificate.IsProved(leaf, claim.Index)
                                && leaf.Box.Lower.Zip(box.Upper).All(side => side.First <= side.Second)
                                && leaf.Box.Upper.Zip(box.Lower).All(side => side.First >= side.Second)))));
            }
        }
    }

    [Test]
    public void WithThreeParametersRegionsAreSlices()
    {
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.1, 0.1), new Saturation(-0.1, 0.1));
        var regions = new ParameterRegions(set);
        Assert.That(regions.All.Count(), Is.EqualTo(24));
        var (headers, rows) = regions.Table(set);
        Assert.That(rows.Select(row => row.Count), Is.All.EqualTo(headers.Count));
        Assert.That(rows.Select(row => row[0]).Distinct(), Is.EqualTo(new[] { "brightness", "contrast", "saturation" }));
    }

    private static string[] Replace(string[] arguments, string option, string value) =>
        [.. arguments.Select((text, index) => index > 0 && arguments[index - 1] == option ? value : text)];

    private string[] CheckArguments(string folder, string output, params string[] more) =>
        ["check", _set.File(folder), "--model", _set.Model, "--count", "24", "--out", _set.File(output), .. more];

    private Task<int> Check(string folder, string output, params string[] more) =>
        AppCommand.RunAsync(CheckArguments(folder, output, more));

    /// <summary>A copy of a folder with some of its results.</summary>
    private void Copy(string folder, string to, int results)
    {
        Directory.CreateDirectory(_set.File(to + "/results"));
        Directory.CreateDirectory(_set.File(to + "/pictures"));
        File.Copy(_set.File(folder + "/set.json"), _set.File(to + "/set.json"));
        foreach (var path in Directory.GetFiles(_set.File(folder + "/results")).Order().Take(results))
        {
            File.Copy(path, _set.File($"{to}/results/{Path.GetFileName(path)}"));
            foreach (var picture in Directory.GetFiles(_set.File(folder + "/pictures"), Path.GetFileNameWithoutExtension(path) + ".*"))
                File.Copy(picture, _set.File($"{to}/pictures/{Path.GetFileName(picture)}"));
        }
    }
}
