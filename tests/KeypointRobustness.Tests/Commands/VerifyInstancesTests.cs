using System.Text.Json.Nodes;
using RobustPruning.Graphs;
using RobustPruning.Onnx;
using static TorchSharp.torch;

namespace KeypointRobustness.Tests.Commands;

/// <summary><c>verify --instances</c>: a list in shards, against what is known about each.</summary>
[TestFixture]
internal sealed class VerifyInstancesTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Write()
    {
        _folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Directory.CreateDirectory(_folder.File("specs"));
        foreach (var (name, slope) in new[] { ("one", 1f), ("two", 2f) })
        {
            using var network = nn.Sequential(
                ("in", nn.Linear(1, 1, hasBias: false)),
                ("relu", nn.ReLU()),
                ("out", nn.Linear(1, 1, hasBias: false)));
            ((TorchSharp.Modules.Linear)network[0]).weight.fill_(slope);
            ((TorchSharp.Modules.Linear)network[2]).weight.fill_(1f);
            OnnxModel.Save(Graph.Of(network, 1), _folder.File(name + ".onnx"));
        }

        // relu(slope * x) on [0, 1]: up to 1, and up to 2.
        foreach (var (name, bound) in new[] { ("low", "0.5"), ("middle", "1.5"), ("high", "2.5") })
            File.WriteAllText(
                _folder.File($"specs/{name}.vnnlib"),
                $"(declare-const X_0 Real)(declare-const Y_0 Real)(assert (>= X_0 0))(assert (<= X_0 1))(assert (>= Y_0 {bound}))");
        File.WriteAllText(
            _folder.File("list.csv"),
            "one.onnx,specs/low.vnnlib,60\none.onnx,specs/middle.vnnlib,60\none.onnx,specs/high.vnnlib,60\n"
                + "two.onnx,specs/low.vnnlib,60\ntwo.onnx,specs/middle.vnnlib\ntwo.onnx,specs/high.vnnlib,60\n");
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task ShardsGiveTheAnswersOfOneRun()
    {
        Assert.That((await Verify("whole")).Code, Is.Zero);
        Assert.That(File.ReadAllLines(_folder.File("whole/results.csv")).Skip(1).Select(line => line.Split(',')[^1]),
            Is.EqualTo(new[] { "sat", "unsat", "unsat", "sat", "sat", "unsat" }));
        foreach (var shard in new[] { "0/2", "1/2" })
            Assert.That((await Verify("half" + shard[0], "--shard", shard)).Code, Is.Zero);
        var (code, output, _) = await Captured.Run([
            "merge", _folder.File("half0"), _folder.File("half1"), "--out", _folder.File("merged"),
        ]);
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("6 of 6 instances: 3 sat, 3 unsat"));
        foreach (var path in Directory
                .GetFiles(_folder.File("whole"), "*", SearchOption.AllDirectories)
                .Where(path => !path.Contains("/log/") && !path.EndsWith("seconds.csv")))
            Assert.That(File.ReadAllBytes(path.Replace("/whole/", "/merged/")), Is.EqualTo(File.ReadAllBytes(path)), path);
        var sat = JsonNode.Parse(File.ReadAllText(Directory.GetFiles(_folder.File("whole/results"), "two-specs-middle*").Single()))!;
        Assert.That((double)sat["outputs"]![0]!, Is.GreaterThanOrEqualTo(1.5));
    }

    [Test]
    public async Task AnInstanceThatCannotBeReadIsNamedAndTheOthersGoOn()
    {
        File.WriteAllText(_folder.File("list.csv"), "none.onnx,specs/low.vnnlib,60\n" + File.ReadAllText(_folder.File("list.csv")));
        var (code, output, error) = await Verify("others");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("1 of 7 instances could not be verified").And.Contain("none.onnx"));
        Assert.That(Directory.GetFiles(_folder.File("others/results")), Has.Length.EqualTo(6));
        Assert.That(output, Does.Contain("none.onnx"));
    }

    [Test]
    public async Task AnAnswerAboutAnotherModelIsRefusedByName()
    {
        Assert.That((await Verify("changed")).Code, Is.Zero);
        File.Copy(_folder.File("one.onnx"), _folder.File("two.onnx"), overwrite: true);
        var (code, _, error) = await Verify("changed");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("another model").And.Contain("two-specs-low"));
    }

    [TestCase("one.onnx", "row 1")]
    [TestCase("one.onnx,specs/low.vnnlib,soon", "soon")]
    [TestCase("one.onnx,specs/low.vnnlib\none.onnx,specs/low.vnnlib", "already in the list")]
    [TestCase("", "no instance")]
    public async Task ABadListIsOneLine(string text, string problem)
    {
        File.WriteAllText(_folder.File("list.csv"), text);
        var (code, _, error) = await Verify("bad");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain(problem).And.Contain("list.csv"));
    }

    private Task<(int Code, string Output, string Error)> Verify(string output, params string[] more) =>
        Captured.Run(["verify", "--instances", _folder.File("list.csv"), "--out", _folder.File(output), .. more]);
}
