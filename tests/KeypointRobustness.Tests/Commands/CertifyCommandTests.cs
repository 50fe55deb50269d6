using KeypointRobustness.Commands;
using RobustPruning.Models;

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

    private static Task<int> Certify(TemporaryFolder folder, params string[] more)
    {
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 23, 0.05));
        ModelFile.Save(network, folder.File("model.safetensors"));
        return AppCommand.RunAsync(
            ["certify", "--model", folder.File("model.safetensors"), "--count", "4", "--held-back", "0.5", "--images", "1", "--brightness", "0.01", "--out", folder.File("out"), .. more]);
    }
}
