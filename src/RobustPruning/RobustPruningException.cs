namespace RobustPruning;

/// <summary>
/// The base of all exceptions that this library and its packages define. Wrong arguments are refused with .NET's own
/// <see cref="ArgumentException"/> and its kind, and a call that was cancelled ends in an <see cref="OperationCanceledException"/>.
/// </summary>
public abstract class RobustPruningException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, in one line.</param>
    /// <param name="inner">The error underneath, if any.</param>
    protected RobustPruningException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>The name of what is at fault, such as a layer, a file, an option or a column; null where nothing has a name.</summary>
    public string? Name { get; init; }

    /// <summary>The value at fault, such as a size, a shape, a type's name or a text; null where there is none beside the name.</summary>
    public object? Value { get; init; }
}
