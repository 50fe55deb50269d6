using System.Globalization;

namespace RobustPruning.Onnx.VnnLib;

/// <summary>A text is no VNN-LIB specification that can be read. The message says where and why.</summary>
public sealed class VnnLibException : RobustPruningException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="line">The line, from 1 on; 0 where no place is at fault.</param>
    /// <param name="column">The column in that line, from 1 on.</param>
    /// <param name="inner">The error underneath, if any.</param>
    public VnnLibException(string problem, int line = 0, int column = 0, Exception? inner = null)
        : base(line == 0 ? problem : string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}: {problem}"), inner) =>
        (Line, Column) = (line, column);

    /// <summary>The line, from 1 on; 0 where no place is at fault.</summary>
    public int Line { get; }

    /// <summary>The column in that line, from 1 on.</summary>
    public int Column { get; }

    /// <summary>The file; empty for a text.</summary>
    public string Path
    {
        get;
        internal init => (field, Name) = (value, Name ?? value);
    } = string.Empty;

    /// <inheritdoc/>
    public override string Message => Path.Length == 0 ? base.Message : $"{Path}: {base.Message}";

    /// <summary>The same error of a file.</summary>
    internal VnnLibException In(string path) => new(base.Message, InnerException, Line, Column)
        { Name = Name, Value = Value, Path = path };

    private VnnLibException(string message, Exception? inner, int line, int column)
        : base(message, inner) =>
        (Line, Column) = (line, column);
}
