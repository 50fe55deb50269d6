using System.Text.Json;
using KeypointRobustness.Commands;
using KeypointRobustness.Pictures;
using RobustPruning.Models;

namespace KeypointRobustness.Tests.Commands;

/// <summary>Verdicts say what they mean: labels, training images and names.</summary>
[TestFixture]
internal sealed class VerdictTests
{
    [Test]
    public async Task AUselessNetworkIsWrongAlreadyAndTrivial()
    {
        using var folder = MakeData("tail", "snout");
        var model = await Train(folder, epochs: 0);
        var (code, _, _) = await Captured.Run([
            "certify", "--data", folder.File("data.csv"), "--model", model, "--held-back", "0.5", "--images", "0", "--max-boxes", "4",
            "--out", folder.File("out"),
        ]);
        Assert.That(code, Is.Zero);

        using var summary = JsonDocument.Parse(await File.ReadAllTextAsync(folder.File("out/summary.json")));
        var root = summary.RootElement;
        Assert.That(root.GetProperty("verdicts").GetProperty("certified").GetInt32(), Is.Zero);
        Assert.That(root.GetProperty("wrongAlready").GetInt32(), Is.EqualTo(4));
        Assert.That(root.GetProperty("brokenByTheLight").GetInt32(), Is.Zero);
        Assert.That(root.GetProperty("trivial").GetBoolean(), Is.True);
        Assert.That(await File.ReadAllTextAsync(folder.File("out/report.html")), Does.Contain("TRIVIAL").And.Contain("wrong already"));

        var (tooFew, _, error) = await Captured.Run([
            "certify", "--data", folder.File("data.csv"), "--model", model, "--held-back", "0.5", "--images", "0", "--max-boxes", "4",
            "--out", folder.File("out"), "--fail-under", "0.5",
        ]);
        Assert.That(tooFew, Is.EqualTo(1));
        Assert.That(error, Does.Contain("--fail-under"));
    }

    [Test]
    public async Task LabelsInAnotherOrderAreMatchedByNameAndOtherNamesRefused()
    {
        using var folder = MakeData("tail", "snout");
        var model = await Train(folder, epochs: 1);
        Assert.That(await Certify("same"), Is.Zero);
        WriteLabels(folder, "snout", "tail");
        Assert.That(await Certify("other"), Is.Zero);
        foreach (var path in Directory.GetFiles(folder.File("same/results")))
            Assert.That(
                await File.ReadAllBytesAsync(folder.File($"other/results/{Path.GetFileName(path)}")),
                Is.EqualTo(await File.ReadAllBytesAsync(path)));

        WriteLabels(folder, "snout", "ear");
        var (code, _, error) = await Captured.Run([
            "certify", "--data", folder.File("data.csv"), "--model", model, "--out", folder.File("third"),
        ]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("tail").And.Contain("ear"));

        Task<int> Certify(string output) =>
            AppCommand.RunAsync([
                "certify", "--data", folder.File("data.csv"), "--model", model, "--held-back", "0.5", "--images", "0", "--max-boxes", "4",
                "--seconds", "1000", "--out", folder.File(output),
            ]);
    }

    [Test]
    public async Task CertifyingATrainingImageIsSaid([Values("0.5", "0.75")] string heldBack)
    {
        using var folder = MakeData("tail", "snout");
        var model = await Train(folder, epochs: 0);
        var (code, _, error) = await Captured.Run([
            "certify", "--data", folder.File("data.csv"), "--model", model, "--held-back", heldBack, "--images", "0", "--max-boxes", "1",
            "--out", folder.File("out"),
        ]);
        Assert.That(code, Is.Zero);
        Assert.That(error.Contains("1 of these images are training images") && error.Contains(": 1.png."), Is.EqualTo(heldBack == "0.75"));
    }

    [Test]
    public async Task AnOutputThatCannotBeWrittenIsRefusedBeforeTraining()
    {
        using var folder = MakeData("tail", "snout");
        await File.WriteAllTextAsync(folder.File("file"), "no folder");
        var (code, _, error) = await Captured.Run(["train", "--data", "/no/such/data", "--out", folder.File("file/below")]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("--out is").And.Contain("is a file"));
        Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    [TestCase("trian", "train")]
    [TestCase("certfy", "certify")]
    [TestCase("prun", "prune")]
    public async Task AMistypedCommandIsNamedWithTheNearestOne(string typed, string meant)
    {
        var (code, _, error) = await Captured.Run([typed, "--out", "x"]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain($"'{typed}'; did you mean '{meant}'?"));
    }

    [Test]
    public void NotesComeBackAndLeaveTheNetworkAsItIs()
    {
        using var folder = new TemporaryFolder();
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 2, 0.05));
        var notes = new Dictionary<string, string> { ["b"] = "é \"quoted\"", ["a"] = string.Empty };
        ModelFile.Save(network, folder.File("noted"), notes);
        ModelFile.Save(network, folder.File("plain"));
        Assert.That(ModelFile.LoadNotes(folder.File("noted")), Is.EquivalentTo(notes));
        Assert.That(ModelFile.LoadNotes(folder.File("plain")), Is.Empty);
        using var loaded = ModelFile.Load(folder.File("noted"));
        Assert.That(loaded.Graph.Parameters, Is.EqualTo(network.Graph.Parameters));
    }

    // Four images; both keypoints lie at the corners, far from where an untrained network puts them.
    private static TemporaryFolder MakeData(string first, string second)
    {
        var folder = new TemporaryFolder();
        for (var i = 0; i < 4; i++)
            PngPicture.Save(folder.File($"{i}.png"), TestImages.Noise(16, 16, i));
        WriteLabels(folder, first, second);
        return folder;
    }

    private static void WriteLabels(TemporaryFolder folder, string first, string second)
    {
        string Cells(string name, int i) => name == "tail" ? $"{15 * (i % 2)},{i / 2}" : $"{15 - (15 * (i % 2))},{15 - (i / 2)}";
        File.WriteAllLines(
            folder.File("data.csv"),
            [
                $"image,{first}_x,{first}_y,{second}_x,{second}_y",
                .. Enumerable.Range(0, 4).Select(i => $"{i}.png,{Cells(first, i)},{Cells(second, i)}"),
            ]);
    }

    private static async Task<string> Train(TemporaryFolder folder, int epochs)
    {
        Assert.That(
            await AppCommand.RunAsync([
                "train", "--data", folder.File("data.csv"), "--held-back", "0.5", "--size", "16", "--width", "0.05", "--epochs",
                $"{epochs}", "--batch", "2", "--out", folder.File("trained"),
            ]),
            Is.Zero);
        return folder.File("trained/model.safetensors");
    }
}
