using RobustPruning.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>Draws small networks of all layers that the library knows, wired at random.</summary>
/// <param name="choices">The choices to make.</param>
/// <param name="image">The clean image <c>[C, H, W]</c> in 32-bit numbers, at which neurons are put on their kinks.</param>
internal sealed class NetworkDraw(Choices choices, Tensor image)
{
    private const int MostNeurons = 200;
    private const int MostLayers = 12;

    private readonly GraphBuilder _builder = new([.. image.shape]);
    private readonly WeightDraw _weights = new(choices);
    private readonly List<GraphNode> _values = [];
    private int _names;

    /// <summary>Feature maps, flattened into vectors.</summary>
    public GraphModule Draw()
    {
        _values.Add(_builder.Input);
        Repeat(() => Map(Any()));
        var flat = _builder.Flatten(Name("flatten"), _values[^1]);
        _values.Clear();
        _values.Add(flat);
        Repeat(() => Vector(Any()));
        var network = new GraphModule(_builder.Build(_values[^1]));
        network.eval();
        return network;
    }

    private void Repeat(Func<GraphNode> layer)
    {
        while (choices.More(6) && _values.Count < MostLayers)
        {
            // What the shapes do not allow is left out.
            try
            {
                var node = layer();
                if (node.Neurons <= MostNeurons)
                    _values.Add(node);
            }
            catch (GraphException)
            {
            }
        }
    }

    /// <summary>Mostly the last value, or one before it.</summary>
    private GraphNode Any() => _values[^(1 + (choices.OneIn(5) ? choices.Below(_values.Count) : 0))];

    private GraphNode Map(GraphNode input) => choices.Below(23) switch
    {
        19 => Gate(input),
        20 => Statistics(input),
        22 => Transposed(input),
        21 => choices.Below(2) == 0 ? _builder.SpatialSoftmax(Name("softmax"), input)
            : _builder.Softmax(Name("softmax"), input, choices.Below(3)),
        16 => Rescaling(input),
        17 => Repeated(input, [input.Shape[0], input.Shape[1] + 1, input.Shape[2] + choices.Below(2)]),
        18 => _builder.Reshape(Name("reshape"), input, [input.Channels * input.Shape[1], 1, input.Shape[2]]),
        < 6 => Activation(input),
        < 11 => Convolution(input),
        11 => Normalization(input),
        12 => _builder.AveragePool(Name("average"), input, nn.AvgPool2d(
            Two(1, 3), Two(1, 2), choices.Pick((0L, 0L), (1L, 1L), (0L, 1L)), count_include_pad: choices.Below(2) == 0,
            divisor_override: choices.OneIn(4) ? 3 : null)),
        13 => choices.Below(3) == 0
            ? _builder.AdaptiveAveragePool(Name("adaptive"), input, nn.AdaptiveAvgPool2d(Two(1, 4)))
            : _builder.MaxPool(Name("max"), input, nn.MaxPool2d(
                Two(1, 3), Two(1, 2), choices.Pick((0L, 0L), (1L, 1L), (1L, 0L)), Two(1, 2))),
        _ => Joined(input),
    };

    private GraphNode Vector(GraphNode input) => choices.Below(13) switch
    {
        10 => Gate(input),
        11 => Statistics(input),
        12 => _builder.Softmax(Name("softmax"), input),
        8 => Rescaling(input),
        9 => Repeated(input, [1 + choices.Below((int)input.Channels + 4)]),
        < 3 => Activation(input),
        < 6 => Linear(input),
        _ => Joined(input),
    };

    private GraphNode Activation(GraphNode input) => choices.Below(11) switch
    {
        < 4 => _builder.Relu(Name("relu"), input),
        4 => _builder.LeakyRelu(Name("leaky"), input, choices.Pick(0.01, 0, 1, 0.3, -0.7, 1.8, -1, 1e-9, 50)),
        5 => _builder.Sigmoid(Name("sigmoid"), input),
        6 => _builder.Clip(
            Name("clip"), input, choices.Pick(0, -1, -0.1, double.NegativeInfinity), choices.Pick(1, 6, 0, 1e-6, double.PositiveInfinity)),
        7 => _builder.Tanh(Name("tanh"), input),
        _ => _builder.Function(Name("function"), input, choices.Pick(
            ScalarFunction.Silu, ScalarFunction.Gelu, ScalarFunction.GeluTanh, ScalarFunction.Hardswish, ScalarFunction.Erf,
            ScalarFunction.Square)),
    };

    /// <summary>A product with another value, with a function of itself, or of a map with a number for each channel.</summary>
    private GraphNode Gate(GraphNode input)
    {
        var other = Any();
        if (!other.Shape.SequenceEqual(input.Shape) || choices.Below(3) == 0)
            other = Activation(
                input.Shape.Count == 3 && choices.Below(2) == 0
                    ? _builder.AdaptiveAveragePool(Name("squeeze"), input, nn.AdaptiveAvgPool2d(1))
                    : input);
        return choices.Below(2) == 0 ? _builder.Product(Name("product"), input, other) : _builder.Product(Name("product"), other, input);
    }

    /// <summary>A normalisation by the value's own mean and variance.</summary>
    private GraphNode Statistics(GraphNode input)
    {
        if (choices.Below(2) == 0)
        {
            var groups = choices.Pick(1, input.Channels, input.Channels % 2 == 0 ? 2 : 1);
            var group = nn.GroupNorm(groups, input.Channels, choices.Pick(1e-5, 1e-2, 1));
            _weights.Fill(group.weight!, group.bias);
            return _builder.GroupNormalization(Name("group"), input, group);
        }

        var layer = nn.LayerNorm([.. input.Shape.Skip(choices.Below(input.Shape.Count))], choices.Pick(1e-5, 1e-2, 1));
        _weights.Fill(layer.weight!, layer.bias);
        return _builder.LayerNormalization(Name("layer"), input, layer);
    }

    private GraphNode Convolution(GraphNode input)
    {
        var channels = input.Channels;
        var groups = choices.Pick(1, channels, channels % 2 == 0 ? 2 : 1);
        var module = nn.Conv2d(
            channels, groups * (1 + choices.Below(groups == 1 ? 4 : 2)), Two(1, 3), choices.Pick((1L, 1L), (2L, 2L), (1L, 2L)),
            choices.Pick((0L, 0L), (1L, 1L), (0L, 1L), (2L, 2L)), choices.Pick((1L, 1L), (1L, 1L), (2L, 2L), (2L, 1L)),
            groups: groups, bias: choices.Below(3) != 2);
        _weights.Fill(module.weight, module.bias);
        var node = _builder.Convolution(Name("conv"), input, module);
        _weights.Centre(module.bias, () => Clean(node));
        return node;
    }

    private GraphNode Transposed(GraphNode input)
    {
        // Maps that have grown already are not doubled again.
        var stride = input.Neurons < 100 ? choices.Pick((1L, 1L), (2L, 2L), (1L, 2L)) : (1L, 1L);
        var module = nn.ConvTranspose2d(input.Channels, 1 + choices.Below(3), Two(1, 3), stride, bias: choices.Below(3) != 2);
        _weights.Fill(module.weight, module.bias);
        var node = _builder.TransposedConvolution(Name("transposed"), input, module);
        _weights.Centre(module.bias, () => Clean(node));
        return node;
    }

    private GraphNode Linear(GraphNode input)
    {
        var module = nn.Linear(input.Channels, 1 + choices.Below(6), hasBias: choices.Below(3) != 2);
        _weights.Fill(module.weight, module.bias);
        var node = _builder.Linear(Name("linear"), input, module);
        _weights.Centre(module.bias, () => Clean(node));
        return node;
    }

    private GraphNode Normalization(GraphNode input)
    {
        var module = nn.BatchNorm2d(input.Channels);
        module.eval();
        _weights.Fill(module);
        var node = _builder.BatchNormalization(Name("norm"), input, module);
        _weights.Centre(module.bias, () => Clean(node));
        return node;
    }

    private GraphNode Rescaling(GraphNode input)
    {
        long[] channels = [input.Channels, .. input.Shape.Skip(1).Select(_ => 1L)], all = [.. input.Shape];
        using Tensor scale = zeros(choices.Below(2) == 0 ? channels : all), shift = zeros(choices.Below(2) == 0 ? channels : all);
        _weights.Fill(scale, shift);
        return _builder.Rescaling(Name("rescaling"), input, new Rescaling(scale, shift));
    }

    /// <summary>Values anywhere, some many times, some zero.</summary>
    private GraphNode Repeated(GraphNode input, long[] shape)
    {
        var random = choices.Numbers();
        long[] sources = [.. Enumerable.Range(0, (int)shape.Aggregate((product, size) => product * size))
            .Select(_ => random.Next(6) == 0 ? -1L : random.Next((int)input.Neurons))];
        return _builder.Rearrangement(Name("move"), input, shape, sources);
    }

    /// <summary>A sum or a row of values, perhaps of one and the same.</summary>
    private GraphNode Joined(GraphNode input)
    {
        GraphNode[] others = [.. Enumerable.Range(0, 1 + choices.Below(2)).Select(_ => Any())];
        return choices.Below(2) == 0
            ? _builder.Addition(Name("add"), [input, .. others.Select(other => other.Shape.SequenceEqual(input.Shape) ? other : input)])
            : _builder.Concatenation(Name("join"), [input, .. others]);
    }

    private Tensor Clean(GraphNode node) => _builder.Build(node).Forward(image.unsqueeze(0));

    private (long, long) Two(int least, int greatest)
    {
        long first = least + choices.Below(greatest - least + 1);
        return (first, choices.OneIn(4) ? least + choices.Below(greatest - least + 1) : first);
    }

    private string Name(string kind) => $"{kind}{_names++}";
}
