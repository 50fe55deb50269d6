using RobustPruning.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>
/// Draws small networks of layers that divide and multiply: gates, normalisations by the value's own statistics, softmaxes.
/// </summary>
internal sealed class RandomGates
{
    private readonly Random _random;
    private readonly GraphBuilder _builder = new([2, 4, 4]);
    private int _names;

    private RandomGates(int seed)
    {
        _random = new Random(seed);
        manual_seed(seed);
    }

    /// <summary>A network of images <c>[2, 4, 4]</c> with four outputs, in evaluation mode.</summary>
    public static GraphModule Network(int seed) => new RandomGates(seed).Draw();

    private GraphModule Draw()
    {
        var node = Convolution(_builder.Input, 4);
        for (var step = _random.Next(1, 4); step > 0; step--)
            node = Block(node);
        var vector = _builder.Linear(Name("fc"), _builder.Flatten(Name("flatten"), node), nn.Linear(node.Neurons, 6));
        vector = _random.Next(4) switch
        {
            0 => _builder.LayerNormalization(Name("norm"), vector, Filled(nn.LayerNorm(6))),
            1 => _builder.BatchNormalization(Name("norm"), vector, Filled(nn.BatchNorm1d(6))),
            2 => _builder.Softmax(Name("softmax"), vector),
            _ => _builder.Product(
                Name("gate"), vector, _builder.Sigmoid(Name("sigmoid"), _builder.Linear(Name("fc"), vector, nn.Linear(6, 6)))),
        };
        var network = new GraphModule(_builder.Build(_builder.Linear(Name("fc"), vector, nn.Linear(6, 4))));
        network.eval();
        return network;
    }

    private GraphNode Block(GraphNode input)
    {
        switch (_random.Next(7))
        {
            // Squeeze and excitation.
            case 0:
            {
                var squeezed = _builder.Flatten(
                    Name("flatten"),
                    _builder.AdaptiveAveragePool(Name("squeeze"), input, nn.AdaptiveAvgPool2d(1)));
                var inner = _builder.Function(
                    Name("silu"),
                    _builder.Linear(Name("fc"), squeezed, nn.Linear(input.Channels, 2)),
                    ScalarFunction.Silu);
                var gate = _builder.Sigmoid(Name("sigmoid"), _builder.Linear(Name("fc"), inner, nn.Linear(2, input.Channels)));
                return _builder.Product(Name("excite"), input, _builder.Reshape(Name("gate"), gate, [input.Channels, 1, 1]));
            }

            case 1:
                return _builder.GroupNormalization(
                    Name("norm"),
                    input,
                    Filled(nn.GroupNorm(new[] { 1, 2, 4 }[_random.Next(3)], input.Channels)));
            case 2:
                return _builder.LayerNormalization(Name("norm"), input, Filled(nn.LayerNorm([.. input.Shape.Skip(_random.Next(3))])));
            case 3:
                return _builder.SpatialSoftmax(Name("softmax"), input);
            case 4:
                return _builder.Softmax(Name("softmax"), input, _random.Next(3));
            case 5:
                return _builder.Product(Name("product"), input, Activation(Convolution(input, input.Channels)));
            default:
                return Activation(Convolution(input, 4));
        }
    }

    private GraphNode Convolution(GraphNode input, long width) =>
        _builder.Convolution(Name("conv"), input, nn.Conv2d(input.Channels, width, 3L, padding: 1));

    private GraphNode Activation(GraphNode input) => _random.Next(5) switch
    {
        0 => _builder.Relu(Name("relu"), input),
        var function => _builder.Function(Name("function"), input, (ScalarFunction)(function - 1)),
    };

    private T Filled<T>(T module)
        where T : nn.Module
    {
        using var noGradient = no_grad();
        foreach (var parameter in module.parameters())
            parameter.normal_();
        if (module is NormBase { running_var: { } variance, running_mean: { } mean })
        {
            variance.uniform_(0.2, 2);
            mean.normal_();
        }

        return module;
    }

    private string Name(string kind) => $"{kind}{_names++}";
}
