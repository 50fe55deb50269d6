using RobustPruning.Data;

namespace KeypointRobustness.Data;

/// <summary>Writes files so that nobody ever sees half of one.</summary>
internal static class AtomicFile
{
    /// <summary>Writes to a temporary name beside the target and moves it there; missing folders are created.</summary>
    /// <param name="path">The target; an existing file is replaced.</param>
    /// <param name="content">What to write.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(string path, byte[] content)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            DeleteQuietly(temporary);
            throw new DataException($"Cannot write {path}: {e.Message}", e);
        }
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The failure to write is what the user must hear about, not this one.
        }
    }
}
