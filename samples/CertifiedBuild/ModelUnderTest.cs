using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace CertifiedBuild;

/// <summary>
/// Stands in for your own model and images, so that the sample needs no file: a small detector of a bright disc, trained in a second or
/// two before the tests. In your build, <see cref="Path"/> is the file that your training wrote, and this set-up goes.
/// </summary>
[SetUpFixture]
public sealed class ModelUnderTest
{
    private const int Side = 12;
    private static readonly string Folder = Directory.CreateTempSubdirectory("certified-build-").FullName;

    /// <summary>The model file.</summary>
    public static string Path => System.IO.Path.Combine(Folder, "model.safetensors");

    /// <summary>Images that the model was not trained on.</summary>
    public static KeypointData TestImages() => Discs(40, seed: 2);

    /// <summary>The same network before training.</summary>
    public static GraphModule Untrained()
    {
        manual_seed(0);
        var network = nn.Sequential(
            ("conv1", nn.Conv2d(1, 8, 3L, stride: 2, padding: 1)), ("relu1", nn.ReLU()), ("flatten", nn.Flatten()),
            ("hidden", nn.Linear(8 * Side * Side / 4, 32)), ("relu2", nn.ReLU()), ("position", nn.Linear(32, 2)));
        return new GraphModule(Graph.Of(network, 1, Side, Side));
    }

    /// <summary>Trains the model and writes its file.</summary>
    [OneTimeSetUp]
    public async Task Train()
    {
        using var network = Untrained();
        using var images = Discs(256, seed: 1);
        var light = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.1, 0.1));
        var options = new ProgressivePruningOptions
        {
            TargetRatio = 0,
            WassersteinWeight = 0,
            InitialEpochs = 40,
            BatchSize = 16,
            LearningRate = 5e-3,
            Seed = 0,
        };
        var report = await new ProgressivePruning(network, light, options).RunAsync(images);
ModelFile.Save(report.Network, Path);
    }

    /// <summary>Deletes the file.</summary>
    [OneTimeTearDown]
    public void Delete() => Directory.Delete(Folder, recursive: true);

    /// <summary>Grey images with a soft bright disc each, and its position in pixels.</summary>
    private static KeypointData Discs(int count, int seed)
    {
        var random = new Random(seed);
        var (pixels, labels) = (new float[count * Side * Side], new float[2 * count]);
        for (var image = 0; image < count; image++)
        {
            double x = 2 + (random.NextDouble() * (Side - 4)),
                y = 2 + (random.NextDouble() * (Side - 4)),
                ground = 0.1 + (0.2 * random.NextDouble());
            for (var pixel = 0; pixel < Side * Side; pixel++)
            {
                double dx = (pixel % Side) + 0.5 - x, dy = (pixel / Side) + 0.5 - y;
                pixels[(image * Side * Side) + pixel] = (float)(ground + (0.6 * Math.Exp(-((dx * dx) + (dy * dy)) / 3)));
            }

            (labels[2 * image], labels[(2 * image) + 1]) = ((float)x, (float)y);
        }

        return new KeypointData(tensor(pixels, [count, 1, Side, Side]), tensor(labels, [count, 2]));
    }
}
