namespace RobustPruning.Training;

/// <summary>A checkpoint is another run's. The message names the folder and what differs.</summary>
public sealed class CheckpointException : RobustPruningException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="problem">What is wrong with it.</param>
    public CheckpointException(string folder, string problem)
        : base($"Checkpoints '{folder}': {problem}") => (Name, Folder) = (folder, folder);

    /// <summary>The folder.</summary>
    public string Folder { get; }
}
