namespace KeypointRobustness.Data;

/// <summary>An input that the app cannot use, or an output that it cannot write. The message names the file, row or value.</summary>
internal sealed class DataException : Exception
{
    /// <summary>Creates the exception from a message that a user can act on.</summary>
    /// <param name="message">What is wrong, and where.</param>
    /// <param name="inner">The exception behind it, if any.</param>
    public DataException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
