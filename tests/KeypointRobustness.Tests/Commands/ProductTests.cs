using System.Text.Json;
using KeypointRobustness.Commands;
using KeypointRobustness.Pictures;
using KeypointRobustness.Runs;
using RobustPruning.Certification;
using RobustPruning.Models;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace KeypointRobustness.Tests.Commands;

/// <summary>What a new user meets: help, versions, refusals, small folders, JSON.</summary>
[TestFixture]
internal sealed class ProductTests
{
    [TestCase("demo")]
    [TestCase("train")]
    [TestCase("prune")]
    [TestCase("certify")]
    [TestCase("check")]
    [TestCase("merge")]
    [TestCase("scenes")]
    [TestCase("verify")]
    [TestCase("reproduce")]
    [TestCase("completion")]
    public async Task HelpHasAnExample(string command)
    {
        var (code, output, error) = await AppProcess.Run([command, "--help"]);
        Assert.That((code, error), Is.EqualTo((0, string.Empty)));
        Assert.That(output, Does.Contain($"robustpruning {command}").And.Contain("Example:"));
    }

    [Test]
    public async Task TheVersionIsThatOfTheLibrary()
    {
        var (code, output, _) = await AppProcess.Run(["--version"]);
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.StartWith(typeof(Certifier).Assembly.GetName().Version!.ToString(3)));
    }

    [TestCase("bash", "complete -o default")]
    [TestCase("zsh", "compdef")]
    [TestCase("pwsh", "Register-ArgumentCompleter")]
    public async Task CompletionIsPrinted(string shell, string what)
    {
        var (code, output, _) = await Captured.Run(["completion", shell]);
        Assert.That((code, output.Contains(what)), Is.EqualTo((0, true)));
    }

    [Test]
    public async Task BashCompletesCommands()
    {
        var (_, output, _) = await AppProcess.Run(["[suggest:16]", "robustpruning ce"]);
        Assert.That(output.Split('\n'), Has.Member("certify"));
    }

    [Test]
    public async Task AWidthThatNoMemoryHoldsIsRefusedInOneLine([Values("cnn7", "resnet18")] string network)
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = await Captured.Run([
            "train", "--count", "4", "--held-back", "0.5", "--size", "32", "--network", network, "--width", "1000", "--out",
            folder.File("out"),
        ]);
        Assert.That(code, Is.EqualTo(2));
        var last = error.Trim().Split('\n').Single(line => line.StartsWith("error:", StringComparison.Ordinal));
        Assert.That(last, Does.Contain("--width 1000").And.Contain("GB of memory"));
        Assert.That(Directory.Exists(folder.File("out")), Is.False);
    }

    [Test]
    public async Task FoldersSmallerThanTheUsualBatchAreTrained()
    {
        using var folder = SmallFolder();
        string[] shared = ["--data", folder.File("data.csv"), "--held-back", "0.34"];
        Assert.That(
            await AppCommand.RunAsync([
                "train", .. shared, "--size", "16", "--width", "0.05", "--epochs", "1", "--out", folder.File("trained"),
            ]),
            Is.Zero);
        Assert.That(
            await AppCommand.RunAsync([
                "prune", .. shared, "--model", folder.File("trained/model.safetensors"), "--epochs", "1", "--rounds", "1", "--out",
                folder.File("pruned"),
            ]),
            Is.Zero);
    }

    [Test]
    public async Task ATimeIsPrunedTo()
    {
        using var folder = SmallFolder();
        string[] shared = ["--data", folder.File("data.csv"), "--held-back", "0.34"];
        Assert.That(
            await AppCommand.RunAsync([
                "train", .. shared, "--size", "16", "--width", "0.05", "--epochs", "1", "--out", folder.File("trained"),
            ]),
            Is.Zero);
        string[] prune =
        [
            "prune", .. shared, "--model", folder.File("trained/model.safetensors"), "--epochs", "1", "--images", "0", "--out",
            folder.File("pruned"), "--verification-seconds",
        ];
        var (enough, said, _) = await Captured.Run([.. prune, "3600"]);
        Assert.That(enough, Is.Zero, said);
        Assert.That(said, Does.Contain("reached 3600 s an image"));
        var (never, missed, _) = await Captured.Run([.. prune, "1e-6"]);
        Assert.That(never, Is.EqualTo(1), missed);
        Assert.That(missed, Does.Contain("s an image predicted").And.Contain("round 1"));
        Assert.That(File.Exists(folder.File("pruned/model.safetensors")));
    }

    [TestCase("--batch", "0")]
    [TestCase("--epochs", "-1")]
    [TestCase("--learning-rate", "0")]
    [TestCase("--wasserstein", "-1")]
    [TestCase("--width", "0")]
    [TestCase("--weights", "/no/such.pth")]
    public async Task ARefusalNamesTheOption(string option, string value)
    {
        using var folder = SmallFolder();
        var (code, _, error) = await Captured.Run([
            "train", "--data", folder.File("data.csv"), "--size", "16", "--held-back", "0.34", "--width", "0.05", option, value, "--out",
            folder.File("out"),
        ]);
        Assert.That(code, Is.EqualTo(2));
        var line = error.Trim().Split('\n')[^1];
        Assert.That(line, Does.Contain(option == "--weights" ? value : option));
        Assert.That(line, Does.Not.Contain("Parameter '"));
    }

    [Test]
    public async Task WeightsOfPyTorchAreTheBeginning()
    {
        using var folder = SmallFolder();
        string[] arguments =
        [
            "train", "--data", folder.File("data.csv"), "--size", "16", "--held-back", "0.34", "--width", "0.05", "--epochs", "0", "--out",
        ];
        Assert.That(await AppCommand.RunAsync([.. arguments, folder.File("first"), "--seed", "1"]), Is.Zero);
        Assert.That(
            await AppCommand.RunAsync([
                .. arguments, folder.File("second"), "--seed", "2", "--weights", folder.File("first/model.safetensors"),
            ]),
            Is.Zero);
        using var first = ModelFile.Load(folder.File("first/model.safetensors"));
        using var second = ModelFile.Load(folder.File("second/model.safetensors"));
        Assert.That(Digest.Of(second.Graph), Is.EqualTo(Digest.Of(first.Graph)));
    }

    [Test]
    public async Task AStateDictOfPyTorchIsTheBeginning()
    {
        using var folder = SmallFolder();
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 2, 0.05, Seed: 3));
        network.save_py(folder.File("detector.pth"));
        string[] arguments =
        [
            "train", "--data", folder.File("data.csv"), "--size", "16", "--held-back", "0.34", "--epochs", "0", "--weights",
            folder.File("detector.pth"),
        ];
        Assert.That(await AppCommand.RunAsync([.. arguments, "--width", "0.05", "--out", folder.File("out")]), Is.Zero);
        using var trained = ModelFile.Load(folder.File("out/model.safetensors"));
        Assert.That(Digest.Of(trained.Graph), Is.EqualTo(Digest.Of(network.Graph)));

        // Weights of another width fit nowhere: said by name.
        var (code, _, error) = await Captured.Run([.. arguments, "--width", "0.1", "--out", folder.File("wide")]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("detector.pth").And.Match("'conv.\\.(weight|bias)' has the shape"));
    }

    [Test]
    public async Task WhatIsNotCertifiedIsCertifiedForLess()
    {
        using var folder = SmallFolder();
        Assert.That(
            await AppCommand.RunAsync([
                "train", "--data", folder.File("data.csv"), "--size", "16", "--held-back", "0.34", "--width", "0.05", "--epochs", "0",
                "--out", folder.File("trained"),
            ]),
            Is.Zero);
        string[] arguments =
        [
            "certify", "--data", folder.File("data.csv"), "--model", folder.File("trained/model.safetensors"), "--held-back", "0.34",
            "--images", "1", "--against", "prediction", "--tolerance", "0.3", "--brightness", "0.9", "--contrast", "0", "--max-boxes", "2",
            "--seconds", "1000", "--out",
        ];
        var (code, output, _) = await Captured.Run([.. arguments, folder.File("plain")]);
        Assert.That(code, Is.Zero);
        Assert.That(
            output,
            Does.Contain("Nothing is certified for the whole range. On ")
                .And.Match(@"\d of 2 keypoints that are right are certified for brightness by up to ±0\.\d"));

        Assert.That(await AppCommand.RunAsync([.. arguments, folder.File("searched"), "--radius"]), Is.Zero);
        using var summary = JsonDocument.Parse(await File.ReadAllTextAsync(folder.File("searched/summary.json")));
        var shares = summary
            .RootElement.GetProperty("byKeypoint")
            .EnumerateArray()
            .Select(keypoint => keypoint.GetProperty("leastCertifiedShareOfTheRange").GetDouble())
            .ToList();
        Assert.That(shares, Is.All.InRange(0, 0.999));
        Assert.That(shares.Max(), Is.Positive);

        // Each is certified alone for its part of the range: the certifier says so too.
        using var network = ModelFile.Load(folder.File("trained/model.safetensors"));
        var certificate = Certificate.Load(Directory.GetFiles(folder.File("searched/results"), "*.json").Single());
        using var scope = NewDisposeScope();
        var image = RobustPruning.Data.ImageFile.Load(folder.File($"2.png")).ToTensor();
        using var certifier = new Certifier(
            network,
            certificate.PerturbationSet.Scaled(shares.Max()),
            certificate.Tolerance,
            new CertifierOptions { MaxBoxes = 2 });
        Assert.That(certifier.Certify(image).Claims[shares.IndexOf(shares.Max())].Verdict, Is.EqualTo(Verdict.Certified));
    }

    [Test]
    public async Task EveryLineOfJsonIsAnEvent()
    {
        using var folder = SmallFolder();
        string[] shared = ["--data", folder.File("data.csv"), "--held-back", "0.34", "--json"];
        await Events(
            ["train", "epoch", "trained", "wrote"],
            ["train", .. shared, "--size", "16", "--width", "0.05", "--epochs", "1", "--out", folder.File("trained")]);
        string[] model = [.. shared, "--model", folder.File("trained/model.safetensors")];
        await Events(
            ["certify", "total", "findings", "wrote"],
            ["certify", .. model, "--max-boxes", "1", "--out", folder.File("certified")]);
        await Events(["prune", "round", "wrote"], ["prune", .. model, "--epochs", "1", "--rounds", "1", "--out", folder.File("pruned")]);
        await Events(
            ["check", "checked", "wrote"],
            [
                "check", folder.File("certified"), "--data", folder.File("data.csv"), "--json", "--model",
                folder.File("trained/model.safetensors"), "--out", folder.File("checked"),
            ]);
        await Events(["scenes", "wrote"], ["scenes", "--json", "--out", folder.File("scenes")]);

        static async Task Events(string[] expected, string[] arguments)
        {
            var (code, output, error) = await Captured.Run(arguments);
            Assert.That(code, Is.Zero, error);
            var events = output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement)
                .ToList();
            Assert.That(events.Select(one => one.GetProperty("event").GetString()), Is.SupersetOf(expected.Skip(1).Prepend("command")));
            Assert.That(events[0].GetProperty("name").GetString(), Is.EqualTo(expected[0]));
            Assert.That(events.Select(one => one.GetProperty("version").GetInt32()), Is.All.EqualTo(1));
        }
    }

    [Test]
    public async Task VerboseSaysEveryEpochAndWhereAnErrorComesFrom()
    {
        using var folder = SmallFolder();
        var (_, _, error) = await Captured.Run([
            "train", "--data", folder.File("data.csv"), "--size", "16", "--held-back", "0.34", "--width", "0.05", "--epochs", "2",
            "--verbose", "--out", folder.File("trained"),
        ]);
        Assert.That(error, Does.Contain("epoch 1 of 2").And.Contain("epoch 2 of 2"));
        (var code, _, error) = await Captured.Run(["certify", "--model", folder.File("none"), "--verbose"]);
        Assert.That((code, error.Contains("   at ")), Is.EqualTo((2, true)));
    }

    [Test]
    public void ATrainedModelIsNotLostWhereItsFolderIsGone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("out"), "a file where the folder was");
        using var network = Cnn7.Create(new Cnn7Options(3, 16, 16, 2, 0.05));
        using var error = new StringWriter();
        var before = Console.Error;
        Console.SetError(error);
        string path;
        try
        {
            path = ModelSource.Save(network, folder.File("out"), new Dictionary<string, string>());
        }
        finally
        {
            Console.SetError(before);
        }

        Assert.That(error.ToString(), Does.StartWith("warning: ").And.Contain(folder.File("out")).And.Contain(path));
        using (var kept = ModelFile.Load(path))
            Assert.That(Digest.Of(kept.Graph), Is.EqualTo(Digest.Of(network.Graph)));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    // Three images, and labels that an untrained network does not meet.
    private static TemporaryFolder SmallFolder()
    {
        var folder = new TemporaryFolder();
        for (var i = 0; i < 3; i++)
            PngPicture.Save(folder.File($"{i}.png"), TestImages.Noise(16, 16, i));
        File.WriteAllLines(
            folder.File("data.csv"),
            ["image,tail_x,tail_y,snout_x,snout_y", .. Enumerable.Range(0, 3).Select(i => $"{i}.png,{i},1,{15 - i},14")]);
        return folder;
    }
}
