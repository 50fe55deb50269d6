using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Soundness;

/// <summary>
/// A deep network of piecewise linear layers over a few pixels under one change of light, clipped, and the exact curve of its outputs: all
/// breakpoints along the parameter are found layer by layer, in plain C#, and between two of them every value is linear.
/// </summary>
internal sealed class DeepLine
{
    private readonly double[] _image;
    private readonly double[] _direction;
    private readonly double _negativeSlope;
    private readonly List<(double[][] Weight, double[] Bias)> _layers = [];

    public DeepLine(Random random, int outputs)
    {
        _image = [.. Enumerable.Range(0, random.Next(2, 6)).Select(_ => (double)(float)random.NextDouble())];
        (Set, _direction) = random.Next(3) switch
        {
            0 => (SemanticSet.Of(new Brightness(-0.3, 0.4)), _image.Select(_ => 1.0).ToArray()),
            1 => (SemanticSet.Of(new Contrast(-0.5, 0.6)), _image),
            _ => (SemanticSet.Of(new Haze(-0.2, 0.5)), [.. _image.Select(value => 1 - value)]),
        };
        _negativeSlope = random.Next(3) switch { 0 => 0, 1 => 0.25, _ => -0.5 };
        var width = _image.Length;
        for (var hidden = random.Next(1, 4); hidden >= 0; hidden--)
        {
            var next = hidden == 0 ? outputs : random.Next(3, 9);
            _layers.Add((
                [.. Enumerable.Range(0, next).Select(_ => Numbers(width, 3 / Math.Sqrt(width)))], Numbers(next, 0.6)));
            width = next;
        }

        double[] Numbers(int count, double size) =>
            [.. Enumerable.Range(0, count).Select(_ => (double)(float)((random.NextDouble() - 0.5) * size))];
    }

    public SemanticSet Set { get; }

    public Tensor Image() => tensor(_image, [1, 1, _image.Length], dtype: float32);

    public GraphModule Network()
    {
        var builder = new GraphBuilder([1, 1, _image.Length]);
        var value = builder.Flatten("flatten", builder.Input);
        foreach (var (index, (weight, bias)) in _layers.Index())
        {
            value = builder.Linear(
                $"linear{index}",
                index == 0 ? value : builder.LeakyRelu($"act{index}", value, _negativeSlope),
                PlantedNetwork.Linear(weight, bias));
        }

        return new GraphModule(builder.Build(value));
    }

    /// <summary>The outputs at every breakpoint, at both ends and at θ = 0, in order of θ.</summary>
    public IReadOnlyList<(double Theta, double[] Outputs)> Curve()
    {
        List<(double Theta, double[] Values)> curve = [.. new[] { Set.Box.Lower[0], 0, Set.Box.Upper[0] }
            .Select(theta => (theta, _image.Zip(_direction, (value, direction) => value + (theta * direction)).ToArray()))];
        curve = Bent(Cut(Cut(curve, 0), 1), value => Math.Clamp(value, 0, 1));
        foreach (var (index, (weight, bias)) in _layers.Index())
        {
            if (index > 0)
                curve = Bent(Cut(curve, 0), value => value >= 0 ? value : _negativeSlope * value);
            curve =
            [
                .. curve.Select(point =>
                    (point.Theta, weight.Zip(bias, (row, shift) => row.Zip(point.Values, (w, v) => w * v).Sum() + shift).ToArray())),
            ];
        }

        return curve;
    }

    private static List<(double Theta, double[] Values)> Bent(List<(double Theta, double[] Values)> curve, Func<double, double> function) =>
        [.. curve.Select(point => (point.Theta, point.Values.Select(function).ToArray()))];

    /// <summary>Adds the points at which some value crosses a level.</summary>
    private static List<(double Theta, double[] Values)> Cut(List<(double Theta, double[] Values)> curve, double level)
    {
        var cut = new List<(double Theta, double[] Values)> { curve[0] };
        foreach (var (from, to) in curve.Zip(curve.Skip(1)))
        {
            var crossings = Enumerable.Range(0, from.Values.Length)
                .Where(neuron => (from.Values[neuron] - level) * (to.Values[neuron] - level) < 0)
                .Select(neuron => (level - from.Values[neuron]) / (to.Values[neuron] - from.Values[neuron]));
            cut.AddRange(
                crossings
                    .Order()
                    .Select(share =>
                        (
                            from.Theta + (share * (to.Theta - from.Theta)),
                            from.Values.Zip(to.Values, (low, high) => low + (share * (high - low))).ToArray())));
            cut.Add(to);
        }

        return cut;
    }
}
