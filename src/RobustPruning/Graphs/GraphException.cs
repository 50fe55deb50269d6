namespace RobustPruning.Graphs;

/// <summary>A network cannot be read as a graph, or a graph cannot be run on what it was given. The message names the layer.</summary>
public sealed class GraphException : RobustPruningException
{
    private readonly string _problem;

    /// <summary>Creates the exception.</summary>
    /// <param name="layer">The name of the offending layer or input.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <param name="inner">The error underneath, if any.</param>
    public GraphException(string layer, string problem, Exception? inner = null)
        : base($"Layer '{layer}': {problem}", inner) => (Name, Layer, _problem) = (layer, layer, problem);

    /// <summary>The name of the offending layer or input.</summary>
    public string Layer { get; }

    /// <summary>The same error of a layer inside another.</summary>
    internal GraphException Within(string outer) => new($"{outer}.{Layer}", _problem, InnerException) { Value = Value };
}
