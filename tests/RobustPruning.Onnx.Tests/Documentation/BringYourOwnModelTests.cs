using System.Runtime.CompilerServices;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Onnx.VnnLib;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using RobustPruning.Tests;
using RobustPruning.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests.Documentation;

/// <summary>What docs/bring-your-own-model.md says, line by line.</summary>
public sealed class BringYourOwnModelTests
{
    [Test]
    public void EveryStepWorks()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        manual_seed(1);
        using (var network = Cnn7.Create(new(Channels: 3, Height: 32, Width: 32, Keypoints: 2, WidthMultiplier: 0.125)))
            OnnxModel.Save(network.Graph, folder["detector.onnx"], new OnnxSaveOptions { InputName = "image", OutputNames = ["keypoints"] });
        var (images, labels) = (rand(6, 3, 32, 32), rand(6, 4) * 32);
        var image = images[0];

        using var model = OnnxModel.Load(folder["detector.onnx"]);
        Console.WriteLine(model.Graph);

        var light = SemanticSet.Of(new Brightness(-0.01, 0.01), new Contrast(-0.01, 0.01));
        using var certifier = new Certifier(model.Graph, light, tolerance: 2);
        var certificate = certifier.Certify(image);
        Console.WriteLine(certificate);

        using var data = new KeypointData(images, labels);
        var plan = PruningPlan.Create(data.ForPruning(model.Graph, light), new TaylorPolicy(), new PruningOptions { Ratio = 0.25 });
        using var pruned = ChannelPruner.Apply(model.Graph, plan);
        OnnxModel.Save(pruned.Graph, folder["pruned.onnx"]);

        using var again = OnnxModel.Load(folder["pruned.onnx"]);
        Assert.That(certificate.Certified, Is.EqualTo(2), certificate.ToString());
        Assert.That((again.InputName, again.OutputNames[0]), Is.EqualTo(("image", "keypoints")));
        Assert.That(again.Graph.Parameters, Is.LessThan(model.Graph.Parameters));
    }

    [Test]
    public void HeatmapsAreCertified()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using (var network = Cnn7.Create(new(Channels: 3, Height: 16, Width: 16, Keypoints: 2, WidthMultiplier: 0.05, Head: new KeypointHead(0))))
            OnnxModel.Save(network.Graph, folder["detector.onnx"]);
        using var model = OnnxModel.Load(folder["detector.onnx"]);
        var light = SemanticSet.Of(new Brightness(-1e-4, 1e-4));
        var decoder = HeatmapDecoder.For(model.Graph, HeatmapDecoding.ArgMax);
        using var certifier = new Certifier(model.Graph, light, new DecodedProperty(decoder, new KeypointProperty(tolerance: 2)));
        Assert.That(certifier.Certify(rand(3, 16, 16)).Claims, Has.Count.EqualTo(2));
    }

    [Test]
    public void ASpecificationIsVerified()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        new ModelBuilder().Input("x", 1, 5).Output("y", 1, 1).Initializer("w", ones(5, 1)).Add("MatMul", "sum", ["x", "w"]).Add("Relu", "y", ["sum"]).Save(folder["model.onnx"]);
        var inputs = Enumerable.Range(0, 5).Select(index => $"(declare-const X_{index} Real) (assert (>= X_{index} 0)) (assert (<= X_{index} 1))");
        File.WriteAllText(folder["spec.vnnlib"], $"{string.Concat(inputs)} (declare-const Y_0 Real) (assert (>= Y_0 5.5))");
        using var model = OnnxModel.Load(folder["model.onnx"]);
        using var printed = new StringWriter();
        var console = Console.Out;
        Console.SetOut(printed);
        try
        {
            var specification = VnnLibSpecification.Load(folder["spec.vnnlib"]);
            foreach (var unsafeCase in specification.Cases)
            {
                using var box = InputBox.Of(torch.tensor(unsafeCase.Lower.ToArray()), torch.tensor(unsafeCase.Upper.ToArray()));
                using var certifier = new Certifier(model.Graph, box.Set, unsafeCase.Property);
                Console.WriteLine(certifier.Certify(box.Centre));
            }
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.That(printed.ToString(), Does.StartWith("1 certified, 0 falsified"));
    }

    [Test]
    public void TheDocumentSaysWhatIsTested()
    {
        var file = Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/bring-your-own-model.md");
        Assume.That(File.Exists(file), "skipped: the sources are not here");
        var tested = File.ReadAllLines(ThisFile()).Select(line => line.Trim().Replace("folder[\"", "\"").Replace("\"]", "\"")).ToHashSet();
        var blocks = File.ReadAllText(file).Split("```csharp")[1..].SelectMany(block => block.Split("```")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(blocks.Where(line => !tested.Contains(line.Trim())), Is.Empty);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
