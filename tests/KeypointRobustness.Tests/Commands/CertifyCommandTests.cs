using KeypointRobustness.Commands;
using KeypointRobustness.Pictures;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Models;
using RobustPruning.Onnx;
using TorchSharp;

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
        Assert.That(report.Contains("The parameter plane of all keypoints"), Is.EqualTo(contrast));
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
        string[] shared =
        [
            "--model", folder.File("model.onnx"), "--decoder", decoder, "--count", "4", "--held-back", "0.5", "--brightness", "0.01",
            "--contrast", "0",
        ];
        Assert.That(
            await AppCommand.RunAsync(["certify", .. shared, "--images", "1", "--max-boxes", "4", "--out", folder.File("out")]),
            Is.Zero);
        Assert.That(
            await AppCommand.RunAsync([
                "prune", .. shared, "--ratio", "0.2", "--rounds", "1", "--epochs", "1", "--batch", "2", "--wasserstein", "0", "--policy",
                "magnitude", "--images", "1", "--max-boxes", "4", "--out", folder.File("pruned"),
            ]),
            Is.Zero);
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
        Assert.That(
            await AppCommand.RunAsync([
                "certify", "--model", folder.File("model.onnx"), option, value, "--count", "4", "--out", folder.File("out"),
            ]),
            Is.EqualTo(2));
    }

    [TestCase("rotation in [-1, 1]", "--rotate", "1")]
    [TestCase(
        "rotation in [-1, 1], translation x in [-0.5, 0.5], scale in [-0.01, 0.01], then vignette in [0, 0.1]",
        "--rotate", "1", "--translate-x", "0.5", "--scale", "0.01", "--vignette", "0.1", "--edges", "Reflect")]
    [TestCase("translation y in [-1, 1], shear in [-0.1, 0.1]", "--translate-y", "1", "--shear", "0.1")]
    [TestCase("bias u^0 v^0 in [-0.01, 0.01], bias u^1 v^0 in [-0.01, 0.01], bias u^0 v^1 in [-0.01, 0.01]", "--bias-field", "0.01")]
    [TestCase("shadow in [0, 0.1], brightness in [-0.02, 0.02]", "--shadow", "0.1", "--shadow-angle", "30", "--brightness", "0.02")]
    [TestCase("shadow in [0, 0.1], shadow edge in [-1, 1]", "--shadow", "0.1", "--shadow-move", "1", "--shadow-softness", "1")]
    [TestCase(
        "light spot in [0, 0.1], gain of channel 0 in [-0.01, 0.01]",
        "--light-spot", "0.1", "--light-spot-at", "4", "5", "2", "--white-balance", "0.01")]
    [TestCase("motion blur in [0, 1]", "--motion-blur", "1", "--motion-angle", "45")]
    [TestCase("defocus in [0, 0.5], then vignette in [0, 0.1]", "--defocus", "0.5", "--vignette", "0.1")]
    [TestCase(
        "gamma in [-0.1, 0.1], then saturation in [-0.1, 0.1], haze in [0, 0.1]",
        "--gamma", "0.1", "--saturation", "0.1", "--haze", "0.1")]
    [TestCase(
        "brightness in [-0.01, 0.01], noise up to 0.001, clipped, rounded to 8 bits",
        "--brightness", "0.01", "--contrast", "0", "--noise", "0.001", "--eight-bits")]
    [TestCase("colour temperature in [-10, 10]", "--colour-temperature", "10")]
    [TestCase("blur in [0, 0.1]", "--gaussian-blur", "0.1", "--blur-sigma", "0.8")]
    [TestCase("gamma in [-0.1, 0.1], then blur in [0, 0.1]", "--gamma", "0.1", "--box-blur", "0.1", "--blur-size", "5")]
    public async Task TheSceneChangesAsTheOptionsSay(string set, params string[] options)
    {
        using var folder = new TemporaryFolder();
        Assert.That(await Certify(folder, null, ["--max-boxes", "2", .. options]), Is.Zero);
        var report = await File.ReadAllTextAsync(folder.File("out/report.html"));
        Assert.That(report, Does.Contain($"Every image under {set}"));
        Assert.That(report, Does.Contain("at the least values; at the greatest values"));
        Assert.That(report.Contains("which moves with the scene"), Is.EqualTo(set.Contains("rotation") || set.Contains("translation")));
    }

    [Test]
    public async Task AHullMixesImagesScaledAsTheData([Values] bool keepAspect)
    {
        using var folder = new TemporaryFolder();
        PngPicture.Save(folder.File("noon.png"), TestImages.Noise(24, 40, 1));
        PngPicture.Save(folder.File("dusk.png"), TestImages.Noise(16, 16, 2));
        string[] hull = ["--hull", folder.File("noon.png"), folder.File("dusk.png"), "--keep-aspect", keepAspect ? "true" : "false"];
        Assert.That(await Certify(folder, null, ["--max-boxes", "2", .. hull]), Is.Zero);
        Assert.That(
            await File.ReadAllTextAsync(folder.File("out/report.html")),
            Does.Contain("Every image under image 1 in [0, 1], image 2 in [0, 1]"));

        // At a corner the image is the one that was given, scaled as data is.
        using var scope = torch.NewDisposeScope();
        var set = Certificate.Load(Directory.GetFiles(folder.File("out/results")).Single()).PerturbationSet;
        var there = set.Apply(torch.zeros(3, 16, 16), [[1, 0]])[0];
        var expected = ImageFile.Load(folder.File("noon.png")).Scaled(16, 16, keepAspect).ToTensor();
        Assert.That((there - expected).abs().max().item<float>(), Is.LessThan(1e-6));
        Assert.That(there[0, 0].max().item<float>(), keepAspect ? Is.Zero : Is.Positive, "black above a wide image");
    }

    /// <summary>
    /// One line on standard error, which names the option or parameter and its value, and exit code 2; nothing is written.
    /// </summary>
    [TestCase("--rotate;-1", "--rotate", "-1")]
    [TestCase("--rotate;finite", "--rotate", "Infinity")]
    [TestCase("--colour-temperature", "--rotate", "1", "--colour-temperature", "5")]
    [TestCase("motion blur;100", "--motion-blur", "100")]
    [TestCase("--defocus", "--defocus", "1", "--motion-blur", "1")]
    [TestCase("--shadow-move", "--shadow-move", "1")]
    [TestCase("scale;-1", "--scale", "1")]
    [TestCase("translation x;16", "--translate-x", "16")]
    [TestCase("translation y;-20.5", "--translate-y", "20.5")]
    [TestCase("--vignette;NaN", "--vignette", "NaN")]
    [TestCase("order;4", "--bias-field", "0.1", "--bias-order", "4")]
    [TestCase("--shadow-softness;0", "--shadow", "0.1", "--shadow-softness", "0")]
    [TestCase("--light-spot-at", "--light-spot", "0.1", "--light-spot-at", "1", "2")]
    [TestCase("--light-spot-at;-2", "--light-spot", "0.1", "--light-spot-at", "1", "2", "-2")]
    [TestCase("--edges;torn", "--edges", "torn", "--rotate", "1")]
    [TestCase("camera z;behind", "--camera-z", "1")]
    [TestCase("camera x;leaves no pixel", "--camera-x", "30")]
    [TestCase("pitch;behind", "--pitch", "85")]
    [TestCase("yaw;95", "--yaw", "95")]
    [TestCase("--roll", "--roll", "-1")]
    [TestCase("--field-of-view;180", "--yaw", "1", "--field-of-view", "180")]
    [TestCase("distance;-1", "--yaw", "1", "--depth", "-1")]
    [TestCase("each of the camera's moves", "--yaw", "1", "--pitch", "1")]
    [TestCase("shift;400", "--colour-temperature", "400")]
    [TestCase("--gaussian-blur;2", "--gaussian-blur", "2")]
    [TestCase("--blur-sigma;0", "--gaussian-blur", "0.1", "--blur-sigma", "0")]
    [TestCase("--blur-size;4", "--box-blur", "0.1", "--blur-size", "4")]
    [TestCase("--box-blur", "--box-blur", "0.1", "--gaussian-blur", "0.1")]
    [TestCase("no.png", "--hull", "no.png")]
    [TestCase("--hull;--crop box", "--hull", "no.png", "--crop", "box")]
    public async Task SceneOptionsThatMakeNoSenseAreRefused(string parts, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var (code, error) = await Refused(folder, options);
        Assert.That(code, Is.EqualTo(2), error);
        Assert.That(error.TrimEnd('\n'), Does.StartWith("error: ").And.Not.Contain("\n"));
        foreach (var part in parts.Split(';'))
            Assert.That(error, Does.Contain(part));
        Assert.That(Directory.Exists(folder.File("out")), Is.False);
    }

    private static Task<int> Certify(TemporaryFolder folder, params string[] more) => Certify(folder, "0.01", more);

    private static Task<int> Certify(TemporaryFolder folder, string? brightness, string[] more)
    {
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 23, 0.05));
        ModelFile.Save(network, folder.File("model.safetensors"));
        return AppCommand.RunAsync([
            "certify", "--model", folder.File("model.safetensors"), "--count", "4", "--held-back", "0.5", "--images", "1", "--out",
            folder.File("out"), .. brightness is null ? (string[])[] : ["--brightness", brightness],
            .. more,
        ]);
    }

    private static async Task<(int Code, string Error)> Refused(TemporaryFolder folder, string[] options)
    {
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 23, 0.05));
        ModelFile.Save(network, folder.File("model.safetensors"));
        var (code, _, error) = await Captured.Run([
            "certify", "--model", folder.File("model.safetensors"), "--count", "4", "--held-back", "0.5", "--images", "1", "--quiet",
            "--out", folder.File("out"), .. options,
        ]);
        return (code, error);
    }
}
