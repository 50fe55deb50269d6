namespace RobustPruning.Models;

/// <summary>A file is not a model that this library can read. The message names the file.</summary>
public sealed class ModelFileException : RobustPruningException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <param name="inner">The error underneath, if any.</param>
    public ModelFileException(string path, string problem, Exception? inner = null)
        : base($"Model file '{path}': {problem}", inner) => (Name, Path) = (path, path);

    /// <summary>The file.</summary>
    public string Path { get; }
}
