using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>
/// Random small networks over images [2, 6, 6] that find two keypoints, of every kind of node that the outside domain knows.
/// </summary>
internal static class OutsideNetworks
{
    public static GraphModule Draw(Random random)
    {
        var builder = new GraphBuilder([2, 6, 6]);
        var first = Activation(builder, "act1", builder.Convolution("conv1", builder.Input, nn.Conv2d(2, 4, 3L, padding: 1)), random);
        var second = builder.BatchNormalization(
            "bn",
            builder.Convolution("conv2", first, nn.Conv2d(4, 4, 3L, padding: 1)),
            nn.BatchNorm2d(4));
        var joined = random.Next(2) == 0
            ? builder.Addition("add", first, second)
            : builder.Concatenation("concat", first, second);
        var pooled = random.Next(3) switch
        {
            0 => builder.MaxPool("pool", joined, nn.MaxPool2d(2L)),
            1 => builder.AveragePool("pool", joined, nn.AvgPool2d(2L)),
            _ => joined,
        };
        var flat = builder.Flatten("flatten", Activation(builder, "act2", pooled, random));
        var network = new GraphModule(builder.Build(builder.Linear("fc", flat, nn.Linear(flat.Neurons, 4))));

        // Moves the running statistics of the normalisation away from where they begin.
        network.train();
        using var output = network.forward(rand(8, 2, 6, 6));
        return network;
    }

    /// <summary>A network every channel of which says something: nothing is cut off in it.</summary>
    public static GraphModule Smooth()
    {
        var builder = new GraphBuilder([2, 6, 6]);
        var first = builder.Tanh("act1", builder.Convolution("conv1", builder.Input, nn.Conv2d(2, 6, 3L)));
        var second = builder.Tanh("act2", builder.Convolution("conv2", first, nn.Conv2d(6, 6, 3L)));
        var flat = builder.Flatten("flatten", second);
        return new GraphModule(builder.Build(builder.Linear("fc", flat, nn.Linear(flat.Neurons, 4))));
    }

    public static SemanticSet Light(Random random)
    {
        var reach = 0.1 * random.NextDouble();
        var light = SemanticSet.Of(new Brightness(-reach, reach), new Contrast(-reach, reach / 2));
        return random.Next(3) switch
        {
            0 => light.WithoutClip(),
            1 => light.Then(new Brightness(-0.01, 0.02)),
            _ => light,
        };
    }

    private static GraphNode Activation(GraphBuilder builder, string name, GraphNode input, Random random) => random.Next(5) switch
    {
        0 => builder.Relu(name, input),
        1 => builder.LeakyRelu(name, input, 0.1),
        2 => builder.Sigmoid(name, input),
        3 => builder.Tanh(name, input),
        _ => builder.Clip(name, input, -0.3, 0.8),
    };
}
