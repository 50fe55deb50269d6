using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

/// <summary>A network of one convolution and one hidden layer in 64-bit numbers, small enough for finite differences.</summary>
internal static class LossProblem
{
    public const int Keypoints = 2;

    public static SemanticSet Light { get; } = SemanticSet.Of(new Brightness(-0.3, 0.3), new Contrast(-0.2, 0.2));

    public static GraphModule Network(int seed)
    {
        manual_seed(seed);
        var builder = new GraphBuilder([1, 3, 3]);
        var node = builder.Relu("relu1", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 3, 2L, dtype: float64)));
        node = builder.Relu("relu2", builder.Linear("fc1", builder.Flatten("flatten", node), nn.Linear(12, 4, dtype: float64)));
        return new GraphModule(builder.Build(builder.Linear("fc2", node, nn.Linear(4, 2 * Keypoints, dtype: float64))));
    }

    /// <summary>
    /// The same images, labels and draws every time for a network of <see cref="Network"/>; labels are missing here and there.
    /// </summary>
    public static TrainingBatch Batch(GraphModule network, int images = 4, int samples = 3, double progress = 1)
    {
        using var generator = new Generator(11);
        var pictures = rand(images, 1, 3, 3, dtype: float64, generator: generator);
        var labels = rand(images, 2 * Keypoints, dtype: float64, generator: generator) * 3;
        labels[0].fill_(double.NaN);
        if (images > 1)
            labels[1].narrow(0, 0, 2).fill_(double.NaN);
        return new TrainingBatch(network.Graph, pictures, Light, new Random(5), labels, samples, progress);
    }

    /// <summary>The squared error in half image sizes of one coordinate, 0 where it is not labelled.</summary>
    public static double SquaredError(double output, double label) => double.IsNaN(label) ? 0 : Math.Pow((output - label) * 2 / 3, 2);
}
