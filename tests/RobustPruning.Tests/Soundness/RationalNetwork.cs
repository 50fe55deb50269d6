using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Soundness;

/// <summary>
/// A small network of convolutions, linear layers and ReLUs in exact fractions, along a line in θ: there every value is a broken line,
/// whose corners are found one nonlinearity after the other. Shares no code with the library but the reading of the weights.
/// </summary>
internal sealed class RationalNetwork
{
    private readonly List<Func<Line[], Line[]>> _affine = [];
    private readonly List<Rational[]> _kinks = [];

    /// <summary>Takes over the weights of a chain of layers.</summary>
    /// <param name="graph">Convolutions by single steps without groups, linear layers, flattens and ReLUs.</param>
    /// <param name="clip">Whether the image is clipped to [0, 1] before.</param>
    public RationalNetwork(Graph graph, bool clip)
    {
        if (clip)
            Add(lines => lines, [Rational.Zero, Rational.One]);
        foreach (var node in graph.Nodes.Skip(1))
        {
            switch (node)
            {
                case FlattenNode:
                    break;

                case ReluNode:
                    Add(lines => lines, [Rational.Zero]);
                    break;

                case LinearNode linear:
                    Add(Matrix(Numbers(linear.Weights.weight), Numbers(linear.Weights.bias!), (int)linear.Input.Neurons), []);
                    break;

                case ConvolutionNode convolution:
                    Add(Convolution(convolution), []);
                    break;

                default:
                    throw new NotSupportedException(node.ToString());
            }
        }
    }

    /// <summary>The least and the greatest value of each output along the line from t = 0 to t = 1.</summary>
    /// <param name="from">The image at t = 0, value by value.</param>
    /// <param name="to">The image at t = 1.</param>
    public (Rational Least, Rational Greatest)[] Range(Rational[] from, Rational[] to)
    {
        (Rational Least, Rational Greatest)[]? range = null;
        Follow([.. from.Zip(to, (start, end) => new Line(start, end - start))], 0, Rational.Zero, Rational.One);
        return range!;

        void Follow(Line[] lines, int layer, Rational start, Rational end)
        {
            if (layer == _affine.Count)
            {
                foreach (var t in new[] { start, end })
                {
                    Rational[] values = [.. lines.Select(line => line.At(t))];
                    range = range is null ? [.. values.Select(value => (value, value))]
                        : [.. range.Zip(values, (known, value) => (Min(known.Least, value), Max(known.Greatest, value)))];
                }

                return;
            }

            var moved = _affine[layer](lines);
            var kinks = _kinks[layer];
            Rational[] cuts = [start, .. moved.SelectMany(line => kinks.Select(line.Reaches)).OfType<Rational>()
                .Where(t => t.CompareTo(start) > 0 && t.CompareTo(end) < 0).Order(), end];
            if (kinks.Length == 0)
                cuts = [start, end];
            for (var piece = 1; piece < cuts.Length; piece++)
            {
                var middle = (cuts[piece - 1] + cuts[piece]) / new Rational(2, 1);
                Follow([.. moved.Select(line => Bent(line, middle, kinks))], layer + 1, cuts[piece - 1], cuts[piece]);
            }
        }
    }

    private static Line Bent(Line line, Rational at, Rational[] kinks)
    {
        if (kinks.Length > 0 && line.At(at).CompareTo(kinks[0]) < 0)
            return new Line(kinks[0], Rational.Zero);
        return kinks.Length > 1 && line.At(at).CompareTo(kinks[1]) > 0 ? new Line(kinks[1], Rational.Zero) : line;
    }

    private static Func<Line[], Line[]> Matrix(Rational[] weights, Rational[] bias, int inputs) =>
        lines =>
            [
                .. bias.Select(
                    (shift, output) =>
                        lines
                            .Select((line, input) => line * weights[(output * inputs) + input])
                            .Aggregate(new Line(shift, Rational.Zero), (sum, line) => sum + line)),
            ];

    private static Func<Line[], Line[]> Convolution(ConvolutionNode node)
    {
        Rational[] weights = Numbers(node.Convolution.weight), bias = Numbers(node.Convolution.bias!);
        int channels = (int)node.Input.Shape[0], height = (int)node.Input.Shape[1], width = (int)node.Input.Shape[2];
        int newHeight = (int)node.Shape[1],
            newWidth = (int)node.Shape[2],
            kernel = (int)node.Convolution.weight.shape[2],
            padding = (int)node.Convolution.padding![0];
        return lines =>
        {
            var output = new List<Line>();
            for (var feature = 0; feature < bias.Length; feature++)
            {
                for (var place = 0; place < newHeight * newWidth; place++)
                {
                    var sum = new Line(bias[feature], Rational.Zero);
                    for (var entry = 0; entry < channels * kernel * kernel; entry++)
                    {
                        int channel = entry / (kernel * kernel),
                            row = (place / newWidth) + (entry / kernel % kernel) - padding,
                            column = (place % newWidth) + (entry % kernel) - padding;
                        if (row >= 0 && row < height && column >= 0 && column < width)
                            sum +=
                                lines[(((channel * height) + row) * width) + column]
                                * weights[(feature * channels * kernel * kernel) + entry];
                    }

                    output.Add(sum);
                }
            }

            return [.. output];
        };
    }

    private void Add(Func<Line[], Line[]> affine, Rational[] kinks)
    {
        _affine.Add(affine);
        _kinks.Add(kinks);
    }

    private static Rational[] Numbers(Tensor values) => [.. values.Numbers().Select(Rational.Of)];

    private static Rational Min(Rational one, Rational other) => one.CompareTo(other) < 0 ? one : other;

    private static Rational Max(Rational one, Rational other) => one.CompareTo(other) > 0 ? one : other;

    /// <summary>Value at t = 0, and slope.</summary>
    private readonly record struct Line(Rational Start, Rational Slope)
    {
        public static Line operator +(Line left, Line right) => new(left.Start + right.Start, left.Slope + right.Slope);

        public static Line operator *(Line line, Rational factor) => new(line.Start * factor, line.Slope * factor);

        public Rational At(Rational t) => Start + (Slope * t);

        /// <summary>Where it has a value; null if nowhere or everywhere.</summary>
        public Rational? Reaches(Rational value) => Slope.CompareTo(Rational.Zero) == 0 ? null : (value - Start) / Slope;
    }
}
