namespace RobustPruning.Onnx.VnnLib;

/// <summary>A place in a text.</summary>
/// <param name="Line">The line, from 1 on.</param>
/// <param name="Column">The column, from 1 on.</param>
internal readonly record struct Place(int Line, int Column)
{
    /// <summary>The error that something is wrong here.</summary>
    public VnnLibException Error(string problem) => new(problem, Line, Column);
}
