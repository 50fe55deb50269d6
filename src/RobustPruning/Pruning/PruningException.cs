namespace RobustPruning.Pruning;

/// <summary>A network cannot be pruned as asked. The message names the layer and the value.</summary>
public sealed class PruningException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, with the layer's name.</param>
    public PruningException(string message)
        : base(message)
    {
    }
}
