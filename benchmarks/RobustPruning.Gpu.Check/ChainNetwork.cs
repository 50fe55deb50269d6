using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using RobustPruning.Bounds;

namespace RobustPruning.Gpu.Check;

/// <summary>
/// A chain of 3×3 convolutions, linear layers and ReLUs as a plan, without a tensor: from a folder of .npy files, or with weights from a
/// seed.
/// </summary>
internal sealed class ChainNetwork
{
    private readonly List<PlanStep> _steps = [];
    private readonly Dictionary<int, double[]> _kinks = [];

    private ChainNetwork(MapShape image) => _steps.Add(new InputStep("image", image));

    private MapShape Last => _steps[^1].Map;

    private PropagationPlan Plan => new(_steps, _steps.Count - 1, false, _kinks);

    /// <summary>
    /// The plan of a network folder, as <c>dump</c> of the benchmarks writes it, and its first image in the order of memory.
    /// </summary>
    public static (PropagationPlan Plan, double[] Image) Read(string folder)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")));
        var (shape, numbers) = Npy(folder, manifest.RootElement, "x");
        var map = new MapShape(shape[2], shape[3], shape[1]);
        var network = new ChainNetwork(map);
        foreach (var layer in manifest.RootElement.GetProperty("layers").EnumerateArray())
        {
            switch (layer.GetProperty("op").GetString())
            {
                case "relu":
                    network.Relu();
                    break;

                case "flatten":
                    break;

                case "conv":
                    var (kernel, weights) = Npy(folder, layer, "weight");
                    network.Convolve(kernel[0], kernel[2], layer.GetProperty("stride").GetInt32(), layer.GetProperty("pad").GetInt32(),
                        weights, Npy(folder, layer, "bias").Numbers);
                    break;

                default:
                    var (size, matrix) = Npy(folder, layer, "weight");
                    network.Linear(size[0], matrix, Npy(folder, layer, "bias").Numbers);
                    break;
            }
        }

        var image = new double[map.Size];
        map.FromLogical(Array.ConvertAll(numbers[..map.Size], number => (double)number), image);
        return (network.Plan, image);
    }

    /// <summary>The seven-layer network of certification papers, with random weights (He et al., 2015), and a random image.</summary>
    /// <param name="size">The height and width of its images.</param>
    /// <param name="share">The widths of its layers, relative to the full ones.</param>
    /// <param name="seed">The seed of weights and image.</param>
    public static (PropagationPlan Plan, double[] Image) Cnn7(int size, double share, int seed)
    {
        var random = new Random(seed);
        var network = new ChainNetwork(new MapShape(size, size, 3));
        foreach (var (width, stride) in new[] { (64, 1), (64, 1), (128, 2), (128, 1), (128, 1) })
        {
            network.Convolve((int)(width * share), 3, stride, 1, Weights((int)(width * share), network.Last.Channels * 9),
                new float[(int)(width * share)]);
            network.Relu();
        }

        network.Linear((int)(512 * share), Weights((int)(512 * share), network.Last.Size), new float[(int)(512 * share)]);
        network.Relu();
        network.Linear(46, Weights(46, network.Last.Size), new float[46]);
        return (network.Plan, [.. Enumerable.Range(0, 3 * size * size).Select(_ => random.NextDouble())]);

        float[] Weights(int outputs, int inputs) =>
            [.. Enumerable.Range(0, outputs * inputs).Select(_ => (float)(Math.Sqrt(2.0 / inputs) * Normal()))];

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    private void Relu()
    {
        _kinks[_steps.Count - 1] = [0];
        _steps.Add(new ActivationStep($"relu{_steps.Count}", [_steps.Count - 1], Last, ActivationKind.Relu));
    }

    /// <param name="features">The channels it makes.</param>
    /// <param name="kernel">The height and width of its kernel.</param>
    /// <param name="stride">Its stride.</param>
    /// <param name="padding">Its padding.</param>
    /// <param name="weights"><c>[features, channels, kernel, kernel]</c>.</param>
    /// <param name="shift">One number for each feature.</param>
    private void Convolve(int features, int kernel, int stride, int padding, float[] weights, float[] shift)
    {
        var axis = new ConvolutionAxis(kernel, stride, padding, 1);
        var (channels, taps) = (Last.Channels, kernel * kernel);
        var ordered = new float[weights.Length + ConvolutionStep.Spare];
        for (var feature = 0; feature < features; feature++)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                for (var tap = 0; tap < taps; tap++)
                    ordered[(((tap * channels) + channel) * features) + feature] = weights[(((feature * channels) + channel) * taps) + tap];
            }
        }

        int Size(int size) => ((size + (2 * padding) - kernel) / stride) + 1;
        Add($"conv{_steps.Count}", new MapShape(Size(Last.Height), Size(Last.Width), features), axis, axis, ordered, shift,
            (channels * taps) + 1, ConvolutionStep.DepthOf(channels, taps));
    }

    /// <param name="features">The numbers it makes.</param>
    /// <param name="weights"><c>[features, channels, rows, columns]</c>.</param>
    /// <param name="shift">One number for each feature.</param>
    private void Linear(int features, float[] weights, float[] shift)
    {
        var map = Last;
        var ordered = new float[weights.Length + ConvolutionStep.Spare];
        for (var feature = 0; feature < features; feature++)
        {
            for (var logical = 0; logical < map.Size; logical++)
                ordered[(map.Place(logical) * features) + feature] = weights[(feature * map.Size) + logical];
        }

        Add($"fc{_steps.Count}", new MapShape(1, 1, features), new(map.Height, 1, 0, 1), new(map.Width, 1, 0, 1), ordered, shift,
            map.Size + 1, ConvolutionStep.LinearDepthOf(map));
    }

    private void Add(string name, MapShape to, ConvolutionAxis rows, ConvolutionAxis columns, float[] ordered, float[] shift,
        long terms, long depth)
    {
        _steps.Add(new ConvolutionStep(name, [_steps.Count - 1], to)
        {
            From = Last,
            Rows = rows,
            Columns = columns,
            Groups = 1,
            Weights = ordered,
            WideWeights = null,
            Terms = terms,
            Depth = depth,

            // They enlarge what rounding has lost, and nothing else: with 1 the engines differ by what their kernels compute.
            Norm = 1,
            AbsoluteNorm = 1,
            Shift = Array.ConvertAll(shift, number => (double)number),
        });
    }

    private static (int[] Shape, float[] Numbers) Npy(string folder, JsonElement entry, string key)
    {
        var bytes = File.ReadAllBytes(Path.Combine(folder, entry.GetProperty(key).GetString()!));
        var start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        var header = Encoding.ASCII.GetString(bytes, 10, start - 10);
        var shape = header[(header.IndexOf('(') + 1)..header.IndexOf(')')].Split(',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var numbers = new float[(bytes.Length - start) / sizeof(float)];
        for (var index = 0; index < numbers.Length; index++)
            numbers[index] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(start + (sizeof(float) * index)));
        return ([.. shape.Select(int.Parse)], numbers);
    }
}
