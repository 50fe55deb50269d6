using KeypointRobustness.Commands;
using RobustPruning.Models;
using RobustPruning.Onnx;

namespace KeypointRobustness.Tests.Commands;

[TestFixture]
internal sealed class CertifyCommandTests
{
    [Test]
    public async Task TwoParametersGetAMapAndOneGetsALine([Values] bool contrast)
    {
        using var folder = new TemporaryFolder();
        Assert.That(await Certify(folder, "--contrast", contrast ? "0.01" : "0"), Is.Zero);

        var maps = Directory.GetFiles(folder.File("out/pictures"), "*.plane.svg");
        var report = await File.ReadAllTextAsync(folder.File("out/report.html"));
        Assert.That(maps, Has.Length.EqualTo(contrast ? 1 : 0));
        Assert.That(report.Contains("<svg"), Is.EqualTo(contrast));
        Assert.That(report.Contains("this set has 1."), Is.EqualTo(!contrast));
    }

    [Test]
    public async Task AnUnknownKeypointIsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.That(await Certify(folder, "--keypoint", "no such"), Is.EqualTo(2));
    }

    [TestCase("auto", false)]
    [TestCase("auto", true)]
    [TestCase("softargmax", false)]
    public async Task HeatmapsAndOnnxModelsAreCertifiedAndPruned(string decoder, bool offsets)
    {
        using var folder = new TemporaryFolder();
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 23, 0.05, Head: new KeypointHead(0, Offsets: offsets)));
        OnnxModel.Save(network.Graph, folder.File("model.onnx"));
        string[] shared = ["--model", folder.File("model.onnx"), "--decoder", decoder, "--count", "4", "--held-back", "0.5", "--brightness", "0.01", "--contrast", "0"];
        Assert.That(await AppCommand.RunAsync(["certify", .. shared, "--images", "1", "--max-boxes", "4", "--out", folder.File("out")]), Is.Zero);
        Assert.That(await AppCommand.RunAsync(["prune", .. shared, "--ratio", "0.2", "--rounds", "1", "--epochs", "1", "--batch", "2", "--wasserstein", "0", "--policy", "magnitude", "--out", folder.File("pruned")]), Is.Zero);
        using var pruned = OnnxModel.Load(folder.File("pruned/model.onnx"));
        Assert.That(pruned.Graph.Parameters, Is.LessThan(network.Graph.Parameters));
        Assert.That(pruned.Graph.Outputs, Has.Count.EqualTo(offsets ? 2 : 1));
    }

    [TestCase("--decoder", "none")]
    [TestCase("--input-shape", "1,x")]
    public async Task BadOptionsOfModelsAreRefused(string option, string value)
    {
        using var folder = new TemporaryFolder();
        Assert.That(await Certify(folder, option, value), Is.EqualTo(2));
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 23, 0.05));
        OnnxModel.Save(network.Graph, folder.File("model.onnx"));
        Assert.That(await AppCommand.RunAsync(["certify", "--model", folder.File("model.onnx"), option, value, "--count", "4", "--out", folder.File("out")]), Is.EqualTo(2));
    }

    private static Task<int> Certify(TemporaryFolder folder, params string[] more)
    {
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 23, 0.05));
        ModelFile.Save(network, folder.File("model.safetensors"));
        return AppCommand.RunAsync(
            ["certify", "--model", folder.File("model.safetensors"), "--count", "4", "--held-back", "0.5", "--images", "1", "--brightness", "0.01", "--out", folder.File("out"), .. more]);
    }
}
