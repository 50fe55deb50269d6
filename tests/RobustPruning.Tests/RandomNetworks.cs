using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>Draws small networks, images and perturbation sets.</summary>
internal sealed class RandomNetworks(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>The shape of the last network's images.</summary>
    public long[] Shape { get; private set; } = [];

    /// <summary>
    /// A chain of convolutions, batch normalisations, rescalings, activations, rearrangements, pools and branches, flattened into one or
    /// two linear layers.
    /// </summary>
    /// <param name="keypoints">How many pairs of outputs.</param>
    public Sequential Network(int keypoints = 2)
    {
        manual_seed(_random.Next());
        long channels = _random.Next(1, 4), size = _random.Next(5, 9);
        Shape = [channels, size, size];
        var layers = new List<(string, nn.Module<Tensor, Tensor>)>();
        for (var layer = 0; layer < _random.Next(1, 4); layer++)
        {
            long width = _random.Next(2, 6), kernel = _random.Next(1, 4), stride = _random.Next(1, 3), padding = _random.Next(0, 2);
            long dilation = _random.Next(4) == 0 ? 2 : 1, reach = dilation * (kernel - 1), groups = Groups(channels);
            if (size + (2 * padding) <= reach)
                break;
            width = groups == 1 ? width : groups * _random.Next(1, channels > 3 ? 2 : 3);
            layers.Add(
                (
                    $"conv{layer}",
                    nn.Conv2d(
                        channels, width, kernel, stride: stride, padding: padding, dilation: dilation, groups: groups,
                        bias: _random.Next(2) == 0)));
            size = ((size + (2 * padding) - reach - 1) / stride) + 1;
            channels = width;
            if (_random.Next(2) == 0)
                layers.Add(($"bn{layer}", Normalization(channels)));
            if (_random.Next(4) == 0)
                layers.Add(($"scale{layer}", new RandomMoves(_random).Rescaling([channels, size, size])));
            layers.Add(($"act{layer}", Activation([channels, size, size])));
            if (_random.Next(4) == 0)
            {
                var move = Move(channels, size, $"move{layer}");
                layers.Add(($"move{layer}", move));
                (channels, size) = (move.Graph.Output.Shape[0], move.Graph.Output.Shape[1]);
            }

            if (size >= 4 && _random.Next(2) == 0)
            {
                var (pool, pooled) = Pool(size);
                layers.Add(($"pool{layer}", pool));
                size = pooled;
            }

            if (_random.Next(2) == 0)
            {
                var block = new RandomBranches(_random).OfMaps(channels, size, $"block{layer}");
                layers.Add(($"block{layer}", block));
                channels = block.Graph.Output.Channels;
            }
        }

        layers.Add(("flatten", nn.Flatten()));
        long features = channels * size * size, hidden = _random.Next(3, 9);
        layers.Add(("fc0", nn.Linear(features, hidden)));
        layers.Add(("actF", Activation([hidden])));
        if (_random.Next(4) == 0)
            layers.Add(("scaleF", new RandomMoves(_random).Rescaling([hidden])));
        if (_random.Next(3) == 0)
        {
            var block = new RandomBranches(_random).OfVectors(hidden, "blockF");
            layers.Add(("blockF", block));
            hidden = block.Graph.Output.Channels;
        }

        layers.Add(("fc1", nn.Linear(hidden, 2 * keypoints)));
        var network = nn.Sequential(_random.Next(2) == 0 ? layers : Nested(layers));
        network.eval();
        return network;
    }

    /// <summary>An image in [0, 1] with values at both edges.</summary>
    public Tensor Image()
    {
        using var scope = NewDisposeScope();
        return ((rand(Shape) * 1.4) - 0.2).clamp(0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Any set of up to five parameters and random size: any transforms, in one stage or more, with or without noise, clip and rounding.
    /// </summary>
    public SemanticSet Set()
    {
        SemanticSet set;
        do
        {
            set = SemanticSet.Of([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Transform())]);
            while (_random.Next(3) == 0)
                set = set.Then([.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => AffineTransform())]);
        }
        while (set.Dimension > 5);
        if (_random.Next(3) == 0)
            set = set.WithNoise(Size() / 3);
        if (_random.Next(3) == 0)
            set = set.WithEightBitRounding();
        return _random.Next(2) == 0 ? set : set.WithoutClip();
    }

    /// <summary>Brightness, contrast or both, of random size, clipped or not: a box of no width reaches a single image.</summary>
    public SemanticSet PlainSet()
    {
        ISemanticTransform brightness = new Brightness(-Size(), Size());
        ISemanticTransform contrast = new Contrast(-Size(), Size(), (ContrastPivot)_random.Next(3));
        var set = _random.Next(3) switch
        {
            0 => SemanticSet.Of(brightness),
            1 => SemanticSet.Of(contrast),
            _ => SemanticSet.Of(brightness, contrast),
        };
        return _random.Next(2) == 0 ? set : set.WithoutClip();
    }

    /// <summary>A box inside the set's box.</summary>
    public ParameterBox Box(SemanticSet set)
    {
        var first = set.Box.Sample(1, _random)[0];
        var second = set.Box.Sample(1, _random)[0];
        return new ParameterBox([.. first.Zip(second, Math.Min)], [.. first.Zip(second, Math.Max)]);
    }

    private double Size() => Math.Pow(10, (-3 * _random.NextDouble()) - 0.3);

    private ISemanticTransform Transform() => _random.Next(8) switch
    {
        0 or 1 => new GammaCorrection(-Size(), Size()),
        2 => new RandomLight(_random, Shape).Curved(),
        _ => AffineTransform(),
    };

    private AffineTransform AffineTransform()
    {
        var edges = (BlurEdges)_random.Next(2);
        switch (_random.Next(9))
        {
            case 7 or 8: return new RandomLight(_random, Shape).Affine();
            case 0: return new Brightness(-Size(), Size());
            case 1: return new Contrast(-Size(), Size(), (ContrastPivot)_random.Next(3));
            case 2: return Shape[0] == 3 ? new Saturation(-Size(), Size()) : new Haze(-Size(), Size());
            case 3: return new Haze(0, Size(), [.. Enumerable.Range(0, (int)Shape[0]).Select(_ => _random.NextDouble())]);
            case 4: return Blur.Box(-Size(), Size(), 3, edges);
            case 5: return Blur.Gaussian(0, Size(), 0.3 + _random.NextDouble(), edges);
            default:
                using (NewDisposeScope())
                    return new ConvexHull([.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => Image())]);
        }
    }

    /// <summary>The same layers with the first few, or some in the middle, in a chain of their own.</summary>
    private List<(string, nn.Module<Tensor, Tensor>)> Nested(List<(string Name, nn.Module<Tensor, Tensor> Module)> layers)
    {
        int first = _random.Next(0, 2), count = _random.Next(1, layers.Count - 1);
        return [.. layers.Take(first), ("inner", nn.Sequential(layers.Skip(first).Take(count).ToList())), .. layers.Skip(first + count)];
    }

    // Plain, depthwise, or something between where the channels allow it.
    private long Groups(long channels) => _random.Next(3) switch
    {
        0 => channels,
        1 when channels % 2 == 0 => 2,
        _ => 1,
    };

    private GraphModule Move(long channels, long size, string name)
    {
        var builder = new GraphBuilder([channels, size, size]);
        return new GraphModule(builder.Build(new RandomMoves(_random).OfMap(builder, "move", builder.Input)), name);
    }

    private nn.Module<Tensor, Tensor> Activation(IReadOnlyList<long> shape) => _random.Next(12) switch
    {
        < 3 => nn.ReLU(),
        3 => nn.Tanh(),
        4 => nn.LeakyReLU(),
        5 => nn.LeakyReLU((_random.NextDouble() * 2.5) - 0.8),
        6 => new RandomMoves(_random).Clip(shape, "clip"),
        7 => nn.SiLU(),
        8 => nn.GELU(),
        9 => nn.GELU(GELU.Approximate.tanh),
        10 => nn.Hardswish(),
        _ => nn.Sigmoid(),
    };

    private (nn.Module<Tensor, Tensor> Pool, long Size) Pool(long size)
    {
        long window = _random.Next(2, 4), step = _random.Next(1, 3), border = _random.Next(0, 2), target = _random.Next(1, 4);
        var dilation = window == 2 && _random.Next(3) == 0 ? 2 : 1;
        return _random.Next(3) switch
        {
            0 => (nn.AvgPool2d(window, stride: step, padding: border, count_include_pad: _random.Next(2) == 0,
                divisor_override: _random.Next(3) == 0 ? 3 : null), ((size + (2 * border) - window) / step) + 1),
            1 => (nn.MaxPool2d(window, stride: step, padding: border, dilation: dilation),
                ((size + (2 * border) - (dilation * (window - 1)) - 1) / step) + 1),
            _ => (nn.AdaptiveAvgPool2d(target), target),
        };
    }

    private BatchNorm2d Normalization(long channels)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var module = nn.BatchNorm2d(channels);
        module.running_mean!.normal_(0, 0.5);
        module.running_var!.uniform_(0.2, 2);
        module.weight!.normal_();
        module.bias!.normal_();
        return module;
    }
}
