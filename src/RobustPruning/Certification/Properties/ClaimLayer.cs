using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Linear constraints as one more layer of a network, so that a propagator bounds A y itself, not each output on its own.
/// </summary>
internal static class ClaimLayer
{
    /// <summary>The network with the layer behind its output; over the same weights.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows of A, of 32-bit numbers.</param>
    public static Graph Append(Graph network, IReadOnlyList<double[]> rows)
    {
        var layer = nn.Linear(rows[0].Length, rows.Count, hasBias: false);
        using (no_grad())
        using (var values = tensor(rows.SelectMany(row => row).ToArray(), [rows.Count, rows[0].Length], dtype: float32))
            layer.weight.copy_(values);

        network = network.Flattened();
        var builder = new GraphBuilder((InputDescription)network.Input.Description);
        var copies = builder.AddAll(network, withJoined: true);
        return builder.Build(builder.Linear(network.FreeName("constraints"), copies[network.Output], layer));
    }

    /// <summary>
    /// What rounding of each of the values is in proportion to, <c>[N, V]</c>: <c>|A| (1 + |y|)</c>, as terms that cancel keep their
    /// rounding. Null where the values are the output y itself.
    /// </summary>
    /// <param name="values">The node of the values.</param>
    /// <param name="output">The node of y.</param>
    /// <param name="outputs">y, <c>[N, ...]</c>.</param>
    public static Tensor? Terms(GraphNode values, GraphNode output, Tensor outputs) =>
        values is LinearNode layer && values != output ? layer.Absolute(outputs.flatten(1).abs().Plus(Scalars.Of(1))) : null;
}
