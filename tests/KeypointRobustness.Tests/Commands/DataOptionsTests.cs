using KeypointRobustness.Commands;
using KeypointRobustness.Pictures;
using RobustPruning.Models;

namespace KeypointRobustness.Tests.Commands;

/// <summary>Data sets of others, from the command line.</summary>
[TestFixture]
internal sealed class DataOptionsTests
{
    private const string Header = "scorer,me,me,me,me\nbodyparts,snout,snout,tail,tail\ncoords,x,y,x,y\n";

    [Test]
    public async Task LabelsAtTheEdgeTrainAtEverySize([Values("8", "16", "64", "48x32")] string size, [Values] bool keepAspect)
    {
        using var folder = MakeProject();
        Assert.That(await Train(folder, "--size", size, "--keep-aspect", keepAspect ? "true" : "false"), Is.Zero);

        using var network = ModelFile.Load(folder.File("out/model.safetensors"));
        int[] sides = [.. size.Split('x').Select(int.Parse)];
        Assert.That(network.Graph.Input.Shape, Is.EqualTo(new long[] { 3, sides[^1], sides[0] }));
    }

    [TestCase("--individual", "eve", "(--individual)")]
    [TestCase("--format", "coco", "COCO")]
    [TestCase("--format", "docx", "--format is auto")]
    [TestCase("--crop", "all", "--crop is none or box")]
    [TestCase("--crop-margin", "-1", "--crop-margin is -1")]
    [TestCase("--bit-depth", "99", "--bit-depth is 99")]
    [TestCase("--background", "2", "--background is 2")]
    [TestCase("--image-folder", "/no/such/folder", "(--image-folder)")]
    [TestCase("--size", "0", "--size is '0'")]
    [TestCase("--size", "8x", "--size is '8x'")]
    public async Task BadChoicesEndInOneLineThatNamesTheOption(string option, string value, string expected)
    {
        using var folder = MakeProject();
        var standard = Console.Error;
        using var error = new StringWriter();
        Console.SetError(error);
        try
        {
            Assert.That(await Train(folder, option, value), Is.EqualTo(2));
        }
        finally
        {
            Console.SetError(standard);
        }

        Assert.That(error.ToString(), Does.Contain(expected));
        Assert.That(error.ToString().TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task CertificatesOfSeveralVideosAreKeptApartAndSayOriginalPixels([Values] bool original)
    {
        using var folder = MakeProject();
        Assert.That(await Train(folder, "--size", "16"), Is.Zero);

        Assert.That(
            await AppCommand.RunAsync([
                "certify", "--data", folder.Path, "--model", folder.File("out/model.safetensors"), "--held-back", "0.7", "--images", "0",
                "--brightness", "0.01", "--contrast", "0", "--seconds", "5", "--out", folder.File("certified"), "--tolerance",
                original ? "6" : "2", "--pixels", original ? "original" : "scaled",
            ]),
            Is.Zero);

        Assert.That(
            Directory
                .GetFiles(folder.File("certified/pictures"), "*.png")
                .Select(path => Path.GetFileName(path).Split('.')[0])
                .Distinct()
                .Order(),
            Is.EqualTo(new[] { "vid1-b", "vid2-a", "vid2-b" }));
        Assert.That(
            await File.ReadAllTextAsync(folder.File("certified/report.html")),
            Does.Contain("2 px of 16x16, 6 px of the original 48x36"));
    }

    [Test]
    public async Task ATolerancesOriginalPixelsNeedKeptProportions()
    {
        using var folder = MakeProject();
        Assert.That(await Train(folder, "--size", "16"), Is.Zero);

        Assert.That(
            await AppCommand.RunAsync([
                "certify", "--data", folder.Path, "--model", folder.File("out/model.safetensors"), "--held-back", "0.5", "--pixels",
                "original", "--keep-aspect", "false", "--out", folder.File("certified"),
            ]),
            Is.EqualTo(2));
    }

    [Test]
    public async Task WhatIsNotGivenIsAsInTheTraining()
    {
        using var folder = MakeProject();
        Assert.That(
            await Train(
                folder, "--size", "16", "--crop", "box", "--crop-margin", "0.5", "--keep-aspect", "false", "--missing-at-origin",
                "--background", "0.5"),
            Is.Zero);

        // The last half of the four images, the crop and the rest as in training.
        var (code, _, error) = await Captured.Run(Certify("same"));
        Assert.That(code, Is.Zero, error);
        Assert.That(error, Does.Contain("note: as in the model's training: ").And.Contain("--crop box").And.Contain("--held-back 0.5").And.Contain("--keep-aspect false"));
        Assert.That(error, Does.Not.Contain("warning:"));
        (code, _, error) = await Captured.Run([
            .. Certify("given"),
            "--held-back", "0.5", "--crop", "box", "--crop-margin", "0.5", "--keep-aspect", "false", "--missing-at-origin", "--background",
            "0.5",
        ]);
        Assert.That((code, error.Contains("as in the model's training")), Is.EqualTo((0, false)), error);
        var results = Directory.GetFiles(folder.File("same/results"));
        Assert.That(results, Has.Length.EqualTo(2));
        foreach (var path in results)
            Assert.That(
                await File.ReadAllBytesAsync(folder.File($"given/results/{Path.GetFileName(path)}")),
                Is.EqualTo(await File.ReadAllBytesAsync(path)));

        // What differs from the training is said; what goes with the data set alone is not taken for another one.
        (code, _, error) = await Captured.Run([.. Certify("other"), "--crop", "none", "--held-back", "0.25"]);
        Assert.That(code, Is.Zero, error);
        Assert.That(error, Does.Contain("warning: --crop is none, but the model was trained with --crop box."));
        Assert.That(error, Does.Not.Contain("--held-back 0.5"));
        (code, _, error) = await Captured.Run(Certify("labels", folder.File("labeled-data/vid1/CollectedData_me.csv")));
        Assert.That(code, Is.Zero, error);
        Assert.That(error, Does.Contain("--crop box").And.Not.Contain("--missing-at-origin true").And.Not.Contain("--held-back 0.5"));

        string[] Certify(string output, string? data = null) =>
            [
                "certify", "--data", data ?? folder.Path, "--model", folder.File("out/model.safetensors"), "--images", "0", "--max-boxes",
                "1", "--seconds", "1000", "--out", folder.File(output),
            ];
    }

    // A project of two videos, with labels at the images' edges.
    private static TemporaryFolder MakeProject()
    {
        var folder = new TemporaryFolder();
        foreach (var video in new[] { "vid1", "vid2" })
        {
            foreach (var name in new[] { "a", "b" })
                PngPicture.Save(folder.File($"labeled-data/{video}/{name}.png"), TestImages.Noise(36, 48, name[0] + video[3]));
            File.WriteAllText(
                folder.File($"labeled-data/{video}/CollectedData_me.csv"),
                $"{Header}labeled-data/{video}/a.png,0,0,47,35\nlabeled-data/{video}/b.png,-0.5,35.5,20,10\n");
        }

        return folder;
    }

    private static Task<int> Train(TemporaryFolder folder, params string[] more) =>
        AppCommand.RunAsync([
            "train", "--data", folder.Path, "--held-back", "0.5", "--width", "0.05", "--epochs", "1", "--batch", "2", "--out",
            folder.File("out"), .. more,
        ]);
}
