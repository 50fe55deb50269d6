using RobustPruning.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Pruning;

/// <summary>
/// Draws small networks of every topology that pruning has to follow: nodes read earlier nodes at random, so that values are shared, added,
/// concatenated, pooled, normalised, and filtered in groups; maps of several sizes end in one or two heads.
/// </summary>
internal sealed class RandomGraphs
{
    private readonly Random _random;
    private readonly GraphBuilder _builder;
    private readonly List<GraphNode> _maps = [];
    private int _count;

    private RandomGraphs(int seed)
    {
        _random = new Random(seed);
        manual_seed(seed);
        _builder = new GraphBuilder([_random.Next(1, 4), 8, 8]);
        _maps.Add(_builder.Input);
    }

    /// <summary>A network in evaluation mode.</summary>
    public static GraphModule Network(int seed) => new RandomGraphs(seed).Draw();

    private GraphModule Draw()
    {
        for (var step = _random.Next(5, 14); step > 0; step--)
            _maps.Add(Step());
        var network = new GraphModule(_builder.Build(Outputs()));
        network.eval();
        return network;
    }

    private GraphNode Step()
    {
        // Late nodes are drawn more often, so that networks are deep.
        var read = _maps[Math.Max(_random.Next(_maps.Count), _random.Next(_maps.Count))];
        switch (_random.Next(15))
        {
            case 0:
                return Normalised(read);
            case 1:
                return Activated(read);
            case 2:
                return Pooled(read);
            case 3:
                return Joined(read, _maps.Where(map => map.Shape.SequenceEqual(read.Shape)), added: true);
            case 4:
                return Joined(read, _maps.Where(map => map.Shape[1] == read.Shape[1]), added: false);
            case 5:
                return Residual(read);
            case 6:
                return new RandomMoves(_random).OfMap(_builder, Name("move"), read, keepsSize: _random.Next(3) > 0);
            case 7:
                return _builder.Rescaling(Name("scale"), read, new RandomMoves(_random).Rescaling(read.Shape));
            case 8:
                return Gated(read);
            case 9 when read.Neurons > read.Channels:
                return _builder.GroupNormalization(
                    Name("group"),
                    read,
                    Filled(
                        nn.GroupNorm(
                            read.Channels % 2 == 0 && _random.Next(2) == 0 ? 2
                                : _random.Next(2) == 0 ? 1
                                : read.Channels,
                            read.Channels,
                            1e-2)));
            case 10:
                return Activated(
                    _builder.TransposedConvolution(
                        Name("up"),
                        read,
                        read.Shape[1] <= 4 && _random.Next(2) == 0
                            ? nn.ConvTranspose2d(read.Channels, _random.Next(2, 6), 2L, stride: 2L)
                            : nn.ConvTranspose2d(read.Channels, _random.Next(2, 6), 3L, padding: 1L)));
            default:
                return Activated(_random.Next(2) == 0 ? Convolution(read, null) : Normalised(Convolution(read, null)));
        }
    }

    /// <summary>Squeeze and excitation, or the product of two maps.</summary>
    private GraphNode Gated(GraphNode read)
    {
        GraphNode[] others = [.. _maps.Where(map => map.Shape.SequenceEqual(read.Shape) && map != read)];
        if (others.Length > 0 && _random.Next(2) == 0)
            return _builder.Product(Name("product"), read, others[_random.Next(others.Length)]);
        var squeezed = _builder.AdaptiveAveragePool(Name("squeeze"), read, nn.AdaptiveAvgPool2d(1));
        var inner = Activated(_builder.Convolution(Name("reduce"), squeezed, nn.Conv2d(read.Channels, 3, 1L)));
        return _builder.Product(
            Name("excite"),
            read,
            _builder.Sigmoid(Name("gate"), _builder.Convolution(Name("expand"), inner, nn.Conv2d(3, read.Channels, 1L))));
    }

    private static T Filled<T>(T module)
        where T : nn.Module
    {
        using var noGradient = no_grad();
        foreach (var parameter in module.parameters())
            parameter.normal_();
        return module;
    }

    private GraphNode Residual(GraphNode read)
    {
        var inner = Activated(Normalised(Convolution(read, read.Channels, keepsSize: true)));
        return Activated(_builder.Addition(Name("add"), Convolution(inner, read.Channels, keepsSize: true), read));
    }

    private GraphNode Joined(GraphNode read, IEnumerable<GraphNode> partners, bool added)
    {
        GraphNode[] all = [.. partners];
        var inputs = Enumerable.Range(0, _random.Next(1, 3)).Select(_ => all[_random.Next(all.Length)]).Prepend(read).ToArray();
        return added ? _builder.Addition(Name("add"), inputs) : _builder.Concatenation(Name("cat"), inputs);
    }

    private GraphNode Convolution(GraphNode read, long? width, bool keepsSize = false)
    {
        // Plain, depthwise (with a multiplier where the width is free), or in groups.
        long inputs = read.Channels, outputs = width ?? _random.Next(2, 7), groups = 1;
        switch (_random.Next(5))
        {
            case 0 when width is null || width == inputs:
                (groups, outputs) = (inputs, width ?? inputs * _random.Next(1, 3));
                break;
            case 1 when inputs % 2 == 0 && (width is null || width % 2 == 0):
                (groups, outputs) = (2, width ?? 2 * _random.Next(1, 4));
                break;
        }

        long kernel = _random.Next(2) == 0 ? 1 : 3, stride = keepsSize || read.Shape[1] < 4 ? 1 : _random.Next(1, 3);
        return _builder.Convolution(Name("conv"), read, nn.Conv2d(
            inputs, outputs, kernel, stride: stride, padding: kernel / 2, groups: groups, bias: _random.Next(2) == 0));
    }

    private GraphNode Normalised(GraphNode read)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var module = nn.BatchNorm2d(read.Channels, affine: _random.Next(4) > 0);
        module.running_mean!.normal_(0, 0.5);
        module.running_var!.uniform_(0.2, 2);
        module.weight?.normal_();
        module.bias?.normal_();
        return _builder.BatchNormalization(Name("bn"), read, module);
    }

    private GraphNode Activated(GraphNode read) => _random.Next(8) switch
    {
        0 => _builder.LeakyRelu(Name("leaky"), read, 0.1),
        1 => _builder.Tanh(Name("tanh"), read),
        2 => _builder.Sigmoid(Name("sigmoid"), read),
        7 => _builder.Function(Name("function"), read, (ScalarFunction)_random.Next(4)),
        3 => new RandomMoves(_random).Clip(_builder, Name("clip"), read),
        _ => _builder.Relu(Name("relu"), read),
    };

    private GraphNode Pooled(GraphNode read) => _random.Next(3) switch
    {
        0 when read.Shape[1] >= 4 => _builder.MaxPool(Name("max"), read, nn.MaxPool2d(2L)),
        1 when read.Shape[1] >= 4 => _builder.AveragePool(Name("mean"), read, nn.AvgPool2d(2L)),
        _ => _builder.MaxPool(Name("max"), read, nn.MaxPool2d(3L, stride: 1, padding: 1)),
    };

    private GraphNode[] Outputs()
    {
        GraphNode last = _maps[^1];
        var pooled = _random.Next(2) == 0
            ? _builder.AdaptiveAveragePool(Name("global"), last, nn.AdaptiveAvgPool2d(1)) : last;
        var vector = _builder.Flatten(Name("flatten"), pooled);
        if (_random.Next(2) == 0)
            vector = Activated(_builder.Linear(Name("fc"), vector, nn.Linear(vector.Channels, 5)));
        if (_random.Next(3) == 0)
            vector = new RandomMoves(_random).OfVector(_builder, Name("move"), vector);
        var output = _builder.Linear(Name("fc"), vector, nn.Linear(vector.Channels, 3));
        if (_random.Next(3) > 0)
            return [output];

        // A second head over the same features, or over the map before them.
        var other = _random.Next(2) == 0
            ? _builder.Linear(Name("fc"), vector, nn.Linear(vector.Channels, 2, hasBias: false))
            : last;
        return [output, other];
    }

    private string Name(string kind) => $"{kind}{_count++}";
}
