using RobustPruning.Graphs;
using RobustPruning.Certification;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>
/// Looks for values outside a case's bounds: corners and random θ with random noise first, then gradient ascent on the neurons that come
/// nearest to a bound. The values are those of the network in 64-bit numbers.
/// </summary>
internal sealed class Attack
{
    // Of the greatest value of the node: what 64-bit evaluation itself may lose.
    private const double Tolerance = 1e-13;
    private const int Climbers = 8;
    private const int Steps = 10;

    private readonly SoundnessCase _case;
    private readonly IReadOnlyList<CaseBounds> _bounds;
    private readonly Graph _graph;
    private readonly GraphNode[] _nodes;
    private readonly int _samples;
    private readonly Random _random = new(0);

    private Attack(SoundnessCase @case, IReadOnlyList<CaseBounds> bounds, Graph graph, int samples)
    {
        (_case, _bounds, _graph, _samples) = (@case, bounds, graph, samples);
        _nodes = [.. graph.PreActivations, graph.Output];
    }

    /// <summary>The least distance of a value to a bound, over the distance of the bounds; below zero for a violation.</summary>
    public double Slack { get; private set; } = double.PositiveInfinity;

    /// <summary>The first violation found; null if there is none.</summary>
    public Violation? Violation { get; private set; }

    /// <summary>Attacks a case.</summary>
    /// <param name="case">The case.</param>
    /// <param name="bounds">Its bounds.</param>
    /// <param name="samples">Random θ for each box, beside its corners; at least 1.</param>
    public static Attack Run(SoundnessCase @case, IReadOnlyList<CaseBounds> bounds, int samples)
    {
        using var noGradient = no_grad();
        using var wide = ProofNetwork.Of(@case.Network.Graph);
        foreach (var parameter in wide.parameters())
            parameter.requires_grad = false;
        var attack = new Attack(@case, bounds, wide.Graph, samples);
        using var scope = NewDisposeScope();
        attack.Run();
        return attack;
    }

    private void Run()
    {
        var starts = new List<Start>();
        for (var box = 0; box < _case.Boxes.Length && Violation is null; box++)
        {
            double[][] thetas = [.. _case.Boxes[box].Corners(), _case.Boxes[box].Centre, .. _case.Boxes[box].Sample(_samples, _random)];
            using var theta = Rows(thetas);
            using var noise = Noise(thetas.Length);
            var values = _graph.Run(_case.Set.Apply(_case.Image, theta, noise), _nodes);
            Compare(values, [.. Enumerable.Repeat(box, thetas.Length)], theta);
            starts.AddRange(Suspicious(box, values, theta, noise));
        }

        if (Violation is null && starts.Count > 0)
            Climb([.. starts.OrderBy(start => start.Slack).Take(Climbers)]);
    }

    /// <summary>The neurons whose samples come nearest to a bound, measured in the distance of the bounds.</summary>
    private IEnumerable<Start> Suspicious(int box, IReadOnlyDictionary<GraphNode, Tensor> values, Tensor theta, Tensor? noise)
    {
        var found = new List<Start>();
        for (var index = 0; index < _nodes.Length; index++)
        {
            using var scope = NewDisposeScope();
            var (value, bounds) = (values[_nodes[index]].flatten(1), _bounds[index]);
            Tensor lower = bounds.Lower[box], upper = bounds.Upper[box], width = upper - lower;
            var moving = width.gt(1e-9 * value.abs().max().item<double>());
            foreach (var sign in new[] { -1, 1 })
            {
                var (extreme, row) = sign < 0 ? value.min(0) : value.max(0);
                var slack = where(
                    moving,
                    (sign < 0 ? extreme - lower : upper - extreme) / width,
                    full_like(width, double.PositiveInfinity));
                var (least, neurons) = slack.topk((int)Math.Min(2, slack.numel()), largest: false);
                for (var rank = 0; rank < least.numel(); rank++)
                {
                    var neuron = neurons[rank].item<long>();
                    var from = row[neuron].item<long>();
                    if (double.IsFinite(least[rank].item<double>()))
                        found.Add(
                            new Start(
                                index, neuron, box, sign, least[rank].item<double>(), theta[from].clone().DetachFromDisposeScope(),
                                noise?[from].clone().DetachFromDisposeScope()));
                }
            }
        }

        return found;
    }

    /// <summary>
    /// Steps along the sign of the gradient in θ, shorter once it turns; noise goes to the end of its range that the gradient says.
    /// </summary>
    private void Climb(Start[] starts)
    {
        var theta = stack([.. starts.Select(start => start.Theta)]);
        var noise = _case.Set.Noise > 0 ? stack([.. starts.Select(start => start.Noise!)]) : null;
        foreach (var start in starts)
            start.Dispose();
        int[] boxes = [.. starts.Select(start => start.Box)];
        Tensor lower = Rows([.. boxes.Select(box => _case.Boxes[box].Lower.ToArray())]),
            upper = Rows([.. boxes.Select(box => _case.Boxes[box].Upper.ToArray())]);
        var (length, turn) = ((upper - lower) / 2, zeros_like(theta));
        for (var step = 0; step < Steps && Violation is null; step++)
        {
            using var scope = NewDisposeScope();
            var (slope, noiseSlope) = Slopes(starts, boxes, theta, noise);
            length = where((slope * turn).lt(0), length / 2, length).MoveToOuterDisposeScope();
            turn = slope.MoveToOuterDisposeScope();
            theta = (theta + (length * slope)).maximum(lower).minimum(upper).MoveToOuterDisposeScope();
            noise = noiseSlope is null
                ? null
                : where(noiseSlope.eq(0), noise!, noiseSlope * _case.Set.NoiseRadii.Like(_case.Image)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The signs of the derivatives of each start's neuron, after a comparison of all values on the way.</summary>
    private (Tensor Theta, Tensor? Noise) Slopes(Start[] starts, int[] boxes, Tensor theta, Tensor? noise)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        Tensor leaf = theta.detach().clone().requires_grad_();
        var noiseLeaf = noise?.detach().clone().requires_grad_();
        var values = _graph.Run(_case.Set.Apply(_case.Image, leaf, noiseLeaf), _nodes);
        Compare(values, boxes, leaf.detach());
        var sum = (leaf * 0).sum();
        foreach (var (start, row) in starts.Select((start, row) => (start, row)))
            sum = sum + (values[_nodes[start.Node]].flatten(1)[row, start.Neuron] * start.Sign);
        if (noiseLeaf is not null)
            sum = sum + (noiseLeaf * 0).sum();
        sum.backward();
        return (Sign(leaf.grad!).MoveToOuterDisposeScope(), noiseLeaf is null ? null : Sign(noiseLeaf.grad!).MoveToOuterDisposeScope());

        static Tensor Sign(Tensor slope) => where(slope.isnan(), zeros_like(slope), slope.sign());
    }

    /// <summary>Compares values with the bounds of the boxes they were drawn from.</summary>
    private void Compare(IReadOnlyDictionary<GraphNode, Tensor> values, int[] boxes, Tensor theta)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var rows = tensor(Array.ConvertAll(boxes, box => (long)box));
        for (var index = 0; index < _nodes.Length && Violation is null; index++)
        {
            var value = values[_nodes[index]].detach().flatten(1);
            Tensor lower = _bounds[index].Lower.index_select(0, rows), upper = _bounds[index].Upper.index_select(0, rows);
            var rounding = (Tolerance * value.abs().max().item<double>()) + 1e-300;
            var slack = (value - lower).minimum(upper - value) + rounding;
            var width = upper - lower + rounding;
            var relative = where(width.isinf(), ones_like(slack), slack / width);
            var least = where(relative.isnan(), full_like(relative, double.NegativeInfinity), relative).flatten().argmin().item<long>();
            Slack = Math.Min(Slack, relative.flatten()[least].item<double>());
            if (!(slack.flatten()[least].item<double>() >= 0))
                Violation = Found(index, least / value.shape[1], least % value.shape[1]);

            Violation Found(int node, long row, long neuron)
            {
                double number = value[row, neuron].item<double>(),
                    low = lower[row, neuron].item<double>(),
                    high = upper[row, neuron].item<double>();
                return new Violation(
                    _bounds[node].Node,
                    neuron,
                    boxes[row],
                    _bounds[node].Author(boxes[row], neuron, lower: !(number >= low)),
                    low, number, high, theta[row].data<double>().ToArray());
            }
        }
    }

    private Tensor Rows(double[][] thetas) =>
        tensor(thetas.SelectMany(theta => theta).ToArray(), [thetas.Length, _case.Set.Dimension], dtype: float64);

    /// <summary>No noise in the first row, noise at its limits for half of the others, between them for the rest.</summary>
    private Tensor? Noise(int rows)
    {
        if (_case.Set.Noise == 0)
            return null;
        var radii = _case.Set.NoiseRadii.For(_case.Image.numel());
        var values = new double[rows * radii.Length];
        for (var index = radii.Length; index < values.Length; index++)
        {
            var value = (2 * _random.NextDouble()) - 1;
            values[index] = radii[index % radii.Length] * (index / radii.Length % 2 == 0 ? value : Math.Sign(value));
        }

        return tensor(values, [rows, .. _case.Image.shape]);
    }

    /// <summary>Where an ascent begins: at the sample that came nearest to a bound.</summary>
    private sealed record Start(int Node, long Neuron, int Box, int Sign, double Slack, Tensor Theta, Tensor? Noise) : IDisposable
    {
        public void Dispose()
        {
            Theta.Dispose();
            Noise?.Dispose();
        }
    }
}
