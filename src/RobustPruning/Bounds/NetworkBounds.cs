namespace RobustPruning.Bounds;

/// <summary>What a propagator found: bounds of the output, and of every pre-activation on the way. It owns them.</summary>
public sealed class NetworkBounds : IDisposable
{
    /// <summary>Takes over the bounds.</summary>
    /// <param name="output">The bounds of the network's output, <c>[B, F]</c>.</param>
    /// <param name="preActivations">The bounds of each value that enters a nonlinearity, in the graph's order.</param>
    public NetworkBounds(NodeBounds output, IReadOnlyList<NodeBounds> preActivations)
    {
        Output = output;
        PreActivations = preActivations;
    }

    /// <summary>The bounds of the network's output, <c>[B, F]</c>.</summary>
    public NodeBounds Output { get; }

    /// <summary>The bounds of each value that enters a nonlinearity, in the graph's order.</summary>
    public IReadOnlyList<NodeBounds> PreActivations { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Output.Dispose();
        foreach (var bounds in PreActivations)
            bounds.Dispose();
    }

    /// <summary>One node a line, the output last.</summary>
    public override string ToString() => string.Join(Environment.NewLine, PreActivations.Append(Output));
}
