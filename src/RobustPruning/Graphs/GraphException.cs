namespace RobustPruning.Graphs;

/// <summary>A network cannot be read as a graph, or a graph cannot be run on what it was given. The message names the layer.</summary>
public sealed class GraphException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="layer">The name of the offending layer or input.</param>
    /// <param name="problem">What is wrong with it.</param>
    public GraphException(string layer, string problem)
        : base($"Layer '{layer}': {problem}") => Layer = layer;

    /// <summary>The name of the offending layer or input.</summary>
    public string Layer { get; }
}
