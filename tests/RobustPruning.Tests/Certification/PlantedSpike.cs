using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification;

/// <summary>
/// A keypoint that stays where it is, but for a narrow spike about a hidden θ*: x = height · max(0, 1 − Σ_k |θ_k − θ*_k| / width_k), y = 0.
/// Two pixels tell brightness and contrast apart.
/// </summary>
internal sealed class PlantedSpike(Random random, double width, double height, bool two)
{
    /// <summary>Brightness, or brightness and contrast.</summary>
    public SemanticSet Set { get; } = two
        ? SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.2, 0.2))
        : SemanticSet.Of(new Brightness(-0.1, 0.1));

    /// <summary>Where the spike is.</summary>
    public double[] Hidden { get; } = two ? [Within(random, 0.1), Within(random, 0.2)] : [Within(random, 0.1)];

    public static Tensor Image() => PlantedNetwork.Image(0.25f, 0.75f);

    public GraphModule Network()
    {
        // x₁ = 0.25 (1 + c) + b and x₂ = 0.75 (1 + c) + b give back c = 2 (x₂ − x₁) − 1 and b = (3 x₁ − x₂) / 2.
        double b = 0.2 * width, c = 0.4 * width;
        double[][] recover = two ? [[1.5 / b, -0.5 / b], [-2 / c, 2 / c]] : [[1 / b, 0]];
        double[] offset = two ? [-Hidden[0] / b, (-1 - Hidden[1]) / c] : [(-0.25 - Hidden[0]) / b];
        var builder = new GraphBuilder([1, 1, 2]);
        var distances = builder.Relu(
            "relu1",
            builder.Linear(
                "recover",
                builder.Flatten("flatten", builder.Input),
                PlantedNetwork.Linear(
                    [.. recover, .. recover.Select(row => row.Select(weight => -weight).ToArray())],
                    [.. offset, .. offset.Select(value => -value)])));
        var spike = builder.Relu(
            "relu2",
            builder.Linear(
                "distance",
                distances,
                PlantedNetwork.Linear(
                    [
                        [.. Enumerable.Repeat(-1.0, 2 * offset.Length)],
                    ],
                    1)));
        return new GraphModule(builder.Build(builder.Linear("keypoint", spike, PlantedNetwork.Linear([[height], [0]], 0, 0))));
    }

    private static double Within(Random random, double limit) => (random.NextDouble() - 0.5) * 1.9 * limit;
}
