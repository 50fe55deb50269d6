using RobustPruning.Data;

namespace KeypointRobustness.Runs;

/// <summary>The folder that a command is to write to.</summary>
internal static class OutputFolder
{
    /// <summary>Refuses a folder that cannot be written, before any work is done. A folder that is not there is not made.</summary>
    /// <exception cref="DataException">It is a file, or nothing can be written to it or to where it would be made.</exception>
    public static void RequireWritable(string path, string option = "--out")
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder))
        {
            if (File.Exists(folder))
                throw new DataException($"{option} is '{path}', but {folder} is a file.");
            folder = Path.GetDirectoryName(folder) ?? throw new DataException($"{option} is '{path}', which is nowhere.");
        }

        try
        {
            using var probe = new FileStream(
                Path.Combine(folder, $".{Guid.NewGuid():N}.tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            probe.WriteByte(0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot write to '{path}' ({option}): {error.Message}", error);
        }
    }
}
