using RobustPruning.Graphs;

namespace RobustPruning.Usn;

/// <summary>
/// For every node i of a network an upper bound C_i of how far the output moves when the node's value z_i is moved and whatever does not
/// come after it stays: <c>‖f(z_i') − f(z_i)‖₂ ≤ C_i ‖z_i' − z_i‖₂</c>, and so in every norm ‖·‖_q with q ≥ 2. It never is below the truth:
/// spectral norms are certified upper bounds, rounding included, in evaluation mode. Immutable; weights that change later do not change it.
/// </summary>
/// <remarks>
/// When the image moves, everything moves. Then <c>‖f(x') − f(x)‖₂ ≤ C_i ‖z_i(x') − z_i(x)‖₂</c> holds where the image reaches the output
/// through node i alone: at the <see cref="Cuts"/>. A node that a skip connection passes by is none: C_i says how much of the output's move
/// flows through it, which compares neurons but bounds nothing by itself. For nodes S that cut the network together, the output moves by
/// Σ_(i ∈ S) C_i ‖z_i(x') − z_i(x)‖₂ at most.
/// </remarks>
public sealed class LipschitzBound
{
    private readonly Dictionary<GraphNode, double> _constants;
    private readonly Graph _network;
    private readonly OperatorNorms _norms;

    private LipschitzBound(Graph network, OperatorNorms norms, IReadOnlyList<GraphNode> cuts, double? outputNorm = null)
    {
        (_network, _norms, Cuts) = (network, norms, cuts);
        _constants = network.Nodes.ToDictionary(node => node, node => ToOutput(node, outputNorm));
    }

    /// <summary>The nodes that everything flows through, in the graph's order: the first is the input, the last the output.</summary>
    public IReadOnlyList<GraphNode> Cuts { get; }

    /// <summary>C_i, not negative; 1 at the output.</summary>
    /// <exception cref="GraphException">The node belongs to another graph.</exception>
    public double this[GraphNode node] =>
        _constants.TryGetValue(node, out var constant) ? constant : throw new GraphException(node.Name, "it belongs to another graph.");

    /// <summary>Bounds a network with the weights that it has now.</summary>
    /// <exception cref="GraphException">A weight is not finite, or a layer's kind is unknown; the message names the layer.</exception>
    public static LipschitzBound Of(Graph network)
    {
        ArgumentNullException.ThrowIfNull(network);
        network.RequireFiniteWeights();
        return new LipschitzBound(network, new OperatorNorms(), [.. network.Nodes.Where(node => IsCut(network, node))]);
    }

    /// <summary>
    /// The same bound for some of the outputs alone, which may be much lower; only where the output is a fully connected layer's.
    /// </summary>
    /// <param name="outputs">The outputs' indices.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such output.</exception>
    public LipschitzBound ForOutputs(params IReadOnlyList<int> outputs)
    {
        foreach (var output in outputs)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(output, nameof(outputs));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(output, _network.Output.Neurons, nameof(outputs));
        }

        return _network.Output is LinearNode linear ? new(_network, _norms, Cuts, OperatorNorm.OfRows(linear, outputs)) : this;
    }

    /// <summary>One node a line, for example <c>conv2 [32x16x16]: 12.3, cut</c>.</summary>
    public override string ToString() => string.Join(Environment.NewLine, _constants.Select(entry =>
        FormattableString.Invariant($"{entry.Key}: {entry.Value:g4}{(Cuts.Contains(entry.Key) ? ", cut" : "")}")));

    /// <summary>How far the output moves at most when the source moves by 1.</summary>
    /// <param name="source">The node that moves.</param>
    /// <param name="outputNorm">The norm of the output's layer, if not that of all its outputs.</param>
    private double ToOutput(GraphNode source, double? outputNorm)
    {
        if (source == _network.Output)
            return 1;
        var moves = new Dictionary<GraphNode, double> { [source] = 1 };

        // Each node adds a few roundings.
        return Move(_network.Output) * (1 + (_network.Nodes.Count * 1e-14));

        double Move(GraphNode node)
        {
            if (!moves.TryGetValue(node, out var move))
                moves[node] = move = Later(node);
            return move;
        }

        double Later(GraphNode node) => node switch
        {
            InputNode => 0,
            AdditionNode => node.Inputs.Sum(Move),
            ConcatenationNode => Math.Sqrt(node.Inputs.Sum(input => Math.Pow(Move(input), 2))),

            // How far it moves depends on how great its factors are.
            ProductNode => throw new GraphException(node.Name, "it is a product of two values, of which no Lipschitz constant is known."),

            // One layer with the convolution, unless it is the convolution's own value that moves.
            BatchNormalizationNode { Input: ConvolutionNode convolution } normalization when convolution != source =>
                Times(convolution.Input, () => _norms.Of(convolution, normalization)),
            _ => Times(node.Inputs[0], () => node == _network.Output && outputNorm is { } norm ? norm : _norms[node]),
        };

        double Times(GraphNode input, Func<double> norm) => Move(input) is > 0 and var move ? norm() * move : 0;
    }

    private static bool IsCut(Graph network, GraphNode node)
    {
        // Whether the image still reaches a node when this one is taken out.
        var reached = new HashSet<GraphNode>();
        foreach (var other in network.Nodes)
        {
            if (other != node && (other == network.Input || other.Inputs.Any(reached.Contains)))
                reached.Add(other);
        }

        return !reached.Contains(network.Output);
    }
}
