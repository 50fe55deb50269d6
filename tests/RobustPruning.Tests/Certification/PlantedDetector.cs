using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>Keypoint detectors over images of two pixels whose reaction to brightness is known.</summary>
internal static class PlantedDetector
{
    /// <summary>Two keypoints; under ±0.1 brightness the first moves by ±1 in x, the second by ±2 in y. Clean: (5, 3), (7, 10).</summary>
    public static GraphModule Sensitive() => Network(new double[][] { [10, 0], [0, 0], [0, 0], [0, 20] }, 0, 3, 7, 0);

    /// <summary>One keypoint that does not move at all, though intervals cannot see it. Clean: (0, 0).</summary>
    public static GraphModule Cancelling() => Network([[10, -10], [0, 0]], 0, 0);

    /// <summary>Brightness in ±0.1.</summary>
    public static SemanticSet Light() => SemanticSet.Of(new Brightness(-0.1, 0.1));

    /// <summary>Both pixels at one half.</summary>
    public static Tensor Grey() => PlantedNetwork.Image(0.5f, 0.5f);

    private static GraphModule Network(double[][] weight, params double[] bias)
    {
        var builder = new GraphBuilder([1, 1, 2]);
        return new GraphModule(
            builder.Build(builder.Linear("fc", builder.Flatten("flatten", builder.Input), PlantedNetwork.Linear(weight, bias))));
    }
}
