using Microsoft.Extensions.Logging;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Training;

/// <summary>One bright pixel on a dark image of 5 x 5, to be found; and a network small enough to learn it in a second.</summary>
internal static class TinyProblem
{
    public static SemanticSet Light { get; } = SemanticSet.Of(new Brightness(-0.05, 0.05));

    public static ProgressivePruningOptions Options { get; } = new()
    {
        InitialEpochs = 12, EpochsPerRound = 2, BatchSize = 10, LearningRate = 0.02, CalibrationImages = 10, TargetRatio = 0.5, Seed = 5,
    };

    public static KeypointData Data()
    {
        var images = new float[50 * 25];
        var labels = new float[50 * 2];
        for (var n = 0; n < 50; n++)
        {
            var place = n % 25;
            for (var pixel = 0; pixel < 25; pixel++)
                images[(n * 25) + pixel] = pixel == place ? 0.9f : 0.1f;
            (labels[2 * n], labels[(2 * n) + 1]) = ((place % 5) + 0.5f, (place / 5) + 0.5f);
        }

        return new KeypointData(tensor(images, [50, 1, 5, 5]), tensor(labels, [50, 2]));
    }

    public static GraphModule Network(int seed = 1)
    {
        manual_seed(seed);
        var builder = new GraphBuilder([1, 5, 5]);
        var node = builder.Relu(
            "relu1",
            builder.BatchNormalization("bn", builder.Convolution("conv", builder.Input, nn.Conv2d(1, 4, 3L)), nn.BatchNorm2d(4)));
        node = builder.Relu("relu2", builder.Linear("fc1", builder.Flatten("flatten", node), nn.Linear(36, 8)));
        return new GraphModule(builder.Build(builder.Linear("fc2", node, nn.Linear(8, 2))));
    }

    public static PruningReport Run(
        GraphModule network, ProgressivePruningOptions options, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancel = default, ILogger? logger = null)
    {
        using var data = Data();
        return new ProgressivePruning(network, Light, options, logger).RunAsync(data, null, progress, cancel).GetAwaiter().GetResult();
    }
}
