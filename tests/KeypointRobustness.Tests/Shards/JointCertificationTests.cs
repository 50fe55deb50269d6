using System.Text.Json.Nodes;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;
using KeypointRobustness.Shards;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Models;
using RobustPruning.Tests;

namespace KeypointRobustness.Tests.Shards;

/// <summary><c>certify --joint</c>: specifications of all keypoints together, in shards, reported, and proved again.</summary>
[TestFixture]
internal sealed class JointCertificationTests
{
    private const string First = "nose tip", Second = "tail tip";

    private CertifiedSet _set = null!;
    private string[] _joint = null!;
    private string[] _names = null!;

    [OneTimeSetUp]
    public async Task Certify()
    {
        _set = await CertifiedSet.Create();
        _names = [.. DataSource.Open(DataSource.Aircraft, 2, 0, new() { Height = 16, Width = 16 }, CancellationToken.None).KeypointNames];
        var constraints = _set.File("constraints.json");
        await File.WriteAllTextAsync(constraints, new JsonArray(
            new JsonObject { ["name"] = First, ["weights"] = new JsonObject { [_names[0] + ".x"] = 1, [_names[1] + ".x"] = -0.5 }, ["limit"] = 9 },
            new JsonObject { ["name"] = Second, ["weights"] = new JsonObject { [_names[2] + ".y"] = -2 }, ["limit"] = 1000 }).ToJsonString());
        _joint = ["--joint", "squares:3000", "--joint", "mean:0.4", "--joint", constraints];
        Assert.That(await AppCommand.RunAsync(_set.Certify("whole", _joint)), Is.Zero);
    }

    [OneTimeTearDown]
    public void Delete() => _set.Dispose();

    [Test]
    public async Task ShardsMergeIntoTheSameBytesAndAreProvedAgain()
    {
        foreach (var shard in new[] { "0/2", "1/2" })
            Assert.That(await AppCommand.RunAsync(_set.Certify("part" + shard[0], [.. _joint, "--shard", shard])), Is.Zero);
        Assert.That(await AppCommand.RunAsync(["merge", _set.File("part1"), _set.File("part0"), "--out", _set.File("merged")]), Is.Zero);
        _set.RequireSame("merged", "whole");
        Assert.That(await AppCommand.RunAsync(CheckArguments("merged", "checked")), Is.Zero);

        // One of a joint specification that says more than it proves, one of another specification, and none.
        string[] files = [.. Directory.GetFiles(_set.File("merged/pictures"), "*.joint1.json").Order()];
        var certificate = Certificate.Load(files[0]);
        (certificate with { Leaves = [.. certificate.Leaves.Skip(1)] }).Save(files[0]);
        File.Copy(files[1].Replace(".joint1", ".joint0"), files[1], overwrite: true);
        File.Delete(files[2]);
        var (code, output, _) = await Captured.Run(CheckArguments("merged", "checked"));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("9 valid, 3 refused, 0 missing of 12").And.Contain("refused: scene ").And.Contain("mean:0.4: ").And.Contain("which was not asked"));

        // A missing one is made anew with the others of its image.
        File.Delete(files[0]);
        File.Delete(files[1]);
        Assert.That(await AppCommand.RunAsync(_set.Certify("merged", _joint)), Is.Zero);
        _set.RequireSame("merged", "whole");
    }

    [Test]
    public void TheReportCountsWhatTheCertificatesSay()
    {
        var folder = WorkFolder.Read(_set.File("whole"));
        var summary = JsonNode.Parse(File.ReadAllText(_set.File("whole/summary.json")))!["allKeypointsTogether"]!.AsArray();
        Assert.That(summary.Select(row => (string)row!["name"]!), Is.EqualTo(new[] { "squares:3000", "mean:0.4", "constraints.json" }));
        for (var index = 0; index < 3; index++)
        {
            var pairs = folder.Set.Items.Select(item => (Single: Certificate.Load(folder.ResultOf(item)), Joint: Certificate.Load(folder.PictureOf(item, $".joint{index}.json")))).ToList();
            Assert.That((long)summary[index]!["verdicts"]!["certified"]!, Is.EqualTo(pairs.Count(pair => pair.Joint.Claims.All(claim => claim.Verdict == Verdict.Certified))));
            Assert.That((long)summary[index]!["verdicts"]!["falsified"]!, Is.EqualTo(pairs.Count(pair => pair.Joint.Falsified > 0)));
            Assert.That((long)summary[index]!["certifiedWhereASingleToleranceIsNot"]!,
                Is.EqualTo(pairs.Count(pair => pair.Single.Falsified + pair.Single.Unknown > 0 && pair.Joint.Certified == pair.Joint.Claims.Count)));
        }

        // A sum of squares that no image can reach holds although most keypoints are wrong.
        Assert.That((long)summary[0]!["certifiedWhereASingleToleranceIsNot"]!, Is.GreaterThan(0));
        Assert.That(File.ReadAllText(_set.File("whole/report.html")), Does.Contain("All keypoints together").And.Contain("squares:3000"));
    }

    /// <summary>What is certified holds at random parameters, by sums written out here; a counterexample breaks it.</summary>
    [Test]
    public void VerdictsAgreeWithSampledParameters()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        var folder = WorkFolder.Read(_set.File("whole"));
        using var network = ModelFile.Load(_set.Model);
        var samples = DataSource.Open(DataSource.Aircraft, 24, 0, new() { Height = 16, Width = 16 }, CancellationToken.None).HeldBack(0.5);
        foreach (var (position, item) in folder.Set.Items.Index())
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            var (image, label) = DataSource.ToTensors(samples.Load(position));
            var reference = Numbers(label);
            for (var index = 0; index < 3; index++)
            {
                var certificate = Certificate.Load(folder.PictureOf(item, $".joint{index}.json"));
                var theta = certificate.PerturbationSet.Box.Sample(40, random).Select(certificate.PerturbationSet.Project).ToArray();
                var outputs = Numbers(network.Graph.Forward(certificate.PerturbationSet.Apply(image, theta))).Chunk(reference.Length).ToList();
                foreach (var claim in certificate.Claims)
                {
                    if (claim.Verdict == Verdict.Certified)
                        Assert.That(outputs.Max(output => Broken(output, reference, index, claim.Index)), Is.LessThan(1e-3), $"{item.Name}, {index}, {claim.Index}");
                    if (claim.Counterexample is { } found)
                        Assert.That(Broken([.. found.Output], reference, index, claim.Index), Is.GreaterThan(0));
                }
            }
        }
    }

    [TestCase("cubes:3", "squares:LIMIT")]
    [TestCase("squares:-1", "above 0")]
    [TestCase("mean:", "above 0")]
    [TestCase("no-such.json", "no-such.json")]
    public async Task WhatMakesNoSenseIsRefusedInOneLine(string joint, string named)
    {
        var (code, _, error) = await Captured.Run(_set.Certify("refused", "--joint", joint));
        Assert.That((code, error.Trim().Contains('\n')), Is.EqualTo((2, false)), error);
        Assert.That(error, Does.Contain(named));
        Assert.That(Directory.Exists(_set.File("refused")), Is.False);
    }

    [TestCase("""[]""", "no constraint")]
    [TestCase("""[{"name":"a","weights":{"ghost.x":1},"limit":1}]""", "ghost.x")]
    [TestCase("""[{"name":"a","weights":null,"limit":1}]""", "bad.json")]
    [TestCase("""{"name":"a"}""", "bad.json")]
    [TestCase("""[{"name":"a","weights":{},"limit":"NaN"}]""", "NaN")]
    public async Task AFileThatMakesNoSenseIsRefused(string content, string named)
    {
        await File.WriteAllTextAsync(_set.File("bad.json"), content);
        var (code, _, error) = await Captured.Run(_set.Certify("refused", "--joint", _set.File("bad.json")));
        Assert.That((code, error.Trim().Contains('\n')), Is.EqualTo((2, false)), error);
        Assert.That(error, Does.Contain(named));
    }

    [Test]
    public async Task AMovingSceneAndOtherSpecificationsThanBeforeAreRefused()
    {
        var (code, _, error) = await Captured.Run(["certify", "--model", _set.Model, "--count", "4", "--rotate", "1", "--joint", "mean:1", "--out", _set.File("moving")]);
        Assert.That((code, error), Is.EqualTo((2, $"error: --joint is about keypoints that stay, but rotation in [-1, 1], clipped moves the scene.{Environment.NewLine}")));
        (code, _, error) = await Captured.Run(_set.Certify("whole", "--joint", "mean:0.5"));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("all keypoints together").And.Contain("set.json"));
    }

    [Test]
    public void LimitsInOriginalPixelsAreScaled()
    {
        var squares = (SquaredDeviationProperty)JointSpecification.Parse("squares:32").PropertyOf(["a", "b"], null, 4);
        Assert.That(squares.Limit, Is.EqualTo(2));
        var mean = (LinearProperty)JointSpecification.Parse("mean:6").PropertyOf(["a", "b"], null, 4);
        Assert.That(mean.Limits, Is.All.EqualTo(3), "the sum of both keypoints' deviations is at most twice the mean");
        Assert.That(mean.Weights, Is.EqualTo(new double[][] { [1, 0, 1, 0], [-1, 0, -1, 0], [0, 1, 0, 1], [0, -1, 0, -1] }));
        Assert.That(mean.FromReference, Is.True);
    }

    private double Broken(double[] output, double[] reference, int specification, int claim)
    {
        double[] moved = [.. output.Zip(reference, (value, from) => value - from)];
        double[] means = [.. Enumerable.Range(0, 2).Select(axis => moved.Where((_, index) => index % 2 == axis).Average())];
        return specification switch
        {
            0 => moved.Sum(value => value * value) - 3000,
            1 => ((claim % 2 == 0 ? means[claim / 2] : -means[claim / 2]) - 0.4) * _names.Length,
            _ => claim == 0 ? moved[0] - (0.5 * moved[2]) - 9 : (-2 * moved[5]) - 1000,
        };
    }

    private static double[] Numbers(TorchSharp.torch.Tensor tensor) => tensor.to(TorchSharp.torch.float64).flatten().data<double>().ToArray();

    private string[] CheckArguments(string folder, string output) => ["check", _set.File(folder), "--model", _set.Model, "--count", "24", "--out", _set.File(output)];
}
