namespace RobustPruning.Pruning;

/// <summary>A network cannot be pruned as asked. The message names the layer and the value.</summary>
public sealed class PruningException : RobustPruningException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, with the layer's name.</param>
    public PruningException(string message)
        : base(message)
    {
    }

    /// <summary>The error for a network whose channels say nothing any more, which is its training's fault and not the caller's.</summary>
    internal static PruningException OfCollapse(string layer, string message) => new(message) { Name = layer, IsCollapse = true };

    /// <summary>Whether the network's channels say nothing any more.</summary>
    internal bool IsCollapse { get; private init; }
}
