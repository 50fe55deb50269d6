using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>Draws small blocks whose branches meet again: residual, joined, or both.</summary>
internal sealed class RandomBranches(Random random)
{
    /// <summary>A block that keeps the size of feature maps.</summary>
    public GraphModule OfMaps(long channels, long size, string name)
    {
        var builder = new GraphBuilder([channels, size, size]);
        var first = Activation(builder, "act1", Convolution(builder, "conv1", builder.Input, random.Next(2, 5)));
        GraphNode output = random.Next(7) switch
        {
            // Residual, with the input or a projection of it as the shortcut.
            0 => builder.Addition("add", Convolution(builder, "conv2", first, channels), builder.Input),
            1 => builder.Addition("add", Convolution(builder, "conv2", first, 3), Convolution(builder, "shortcut", builder.Input, 3)),
            2 => builder.Concatenation("cat", builder.Input, first),

            // Three branches, of which two are the same value.
            3 => builder.Concatenation("cat", first, Convolution(builder, "conv2", first, 2), first),

            // A difference, and values in other places beside themselves.
            4 => builder.Addition(
                "sub", Convolution(builder, "conv2", first, channels), builder.Rescaling("minus", builder.Input, new Rescaling(-1))),
            5 => builder.Concatenation("cat", first, new RandomMoves(random).OfMap(builder, "move", first, keepsSize: true)),
            _ => Three(builder, first),
        };
        return new GraphModule(builder.Build(Activation(builder, "act2", output)), name);
    }

    /// <summary>A block of vectors.</summary>
    public GraphModule OfVectors(long features, string name)
    {
        var builder = new GraphBuilder([features]);
        var first = Activation(builder, "act1", builder.Linear("fc1", builder.Input, nn.Linear(features, features)));
        var output = random.Next(3) switch
        {
            0 => builder.Addition("add", first, builder.Input),
            1 => new RandomMoves(random).OfVector(
                builder, "move", builder.Rescaling("scale", first, new RandomMoves(random).Rescaling(first.Shape))),
            _ => builder.Concatenation("cat", builder.Linear("fc2", first, nn.Linear(features, 2)), builder.Input, first),
        };
        return new GraphModule(builder.Build(output), name);
    }

    private GraphNode Three(GraphBuilder builder, GraphNode first)
    {
        var second = Activation(builder, "actS", first);
        var sum = builder.Addition("add", first, second, Convolution(builder, "conv2", second, first.Channels));
        return builder.Concatenation("cat", sum, builder.Input);
    }

    private GraphNode Convolution(GraphBuilder builder, string name, GraphNode input, long width)
    {
        // A kernel of 3 with as much padding as dilation keeps the size.
        long kernel = random.Next(2) == 0 ? 1 : 3, dilation = random.Next(1, 3);
        long[] groups = [.. new[] { 1, 2, input.Channels }.Where(count => input.Channels % count == 0 && width % count == 0)];
        var node = builder.Convolution(
            name,
            input,
            nn.Conv2d(
                input.Channels,
                width,
                kernel,
                padding: kernel == 1 ? 0 : dilation,
                dilation: dilation,
                groups: groups[random.Next(groups.Length)],
                bias: random.Next(2) == 0));
        return random.Next(3) == 0 ? builder.BatchNormalization(name + "bn", node, nn.BatchNorm2d(width)) : node;
    }

    private GraphNode Activation(GraphBuilder builder, string name, GraphNode input) => random.Next(7) switch
    {
        0 => builder.LeakyRelu(name, input, 0.1),
        1 => builder.Tanh(name, input),
        3 => builder.Function(name, input, ScalarFunction.Silu),
        2 => new RandomMoves(random).Clip(builder, name, input),
        _ => builder.Relu(name, input),
    };
}
