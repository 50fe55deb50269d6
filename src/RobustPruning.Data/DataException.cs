namespace RobustPruning.Data;

/// <summary>
/// A data file that cannot be used. The message is one line that names the file and, where there are such, the row and the column.
/// </summary>
public sealed class DataException : RobustPruningException
{
    /// <summary>Creates the exception from a message that a user can act on.</summary>
    /// <param name="message">What is wrong, and where.</param>
    /// <param name="inner">The exception behind it, if any.</param>
    public DataException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    internal DataException(DataPlace place, string problem, Exception? inner = null)
        : base($"{place}: {problem}", inner) => (Name, File, Row, Column) = (place.Name ?? place.File, place.File, place.Row, place.Column);

    /// <summary>The file; null where the message alone names it.</summary>
    public string? File { get; }

    /// <summary>The line of a text file, from 1; null where there is none.</summary>
    public int? Row { get; }

    /// <summary>The column of a table, or the byte of the line of a JSON file, from 1; null where there is none.</summary>
    public int? Column { get; }
}

/// <summary>Where something stands in a data file.</summary>
/// <param name="File">The file.</param>
/// <param name="Row">The line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="Name">What stands there, such as 'tail x', or a path into a JSON file.</param>
internal readonly record struct DataPlace(string File, int? Row = null, int? Column = null, string? Name = null)
{
    public override string ToString() => File
        + (Row is { } row ? $", row {row}" : "")
        + (Column is { } column ? $", column {column}" : "")
        + (Name is null ? "" : Row is null ? $", {Name}" : $" ({Name})");
}
