namespace RobustPruning.Models;

/// <summary>Files that are there whole, or as they were before.</summary>
internal static class AtomicFile
{
    /// <summary>How the names of temporary files end; a process that was killed may leave one.</summary>
    public const string TemporaryExtension = ".tmp";

    /// <summary>
    /// Writes to a temporary file of its own in the same folder, which is made if need be and wanted, and moves it into place.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written; nothing of it is left. The message names it.</exception>
    public static void Write(string path, Action<Stream> write, bool makeFolder = true)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}{TemporaryExtension}";
        try
        {
            if (makeFolder)
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (var stream = new FileStream(temporary, FileMode.CreateNew))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error)
        {
            DeleteQuietly(temporary);

            // A file above the process's limit of sizes is an argument out of range to .NET, of the parameter 'value'.
            if (error
                is IOException
                    or UnauthorizedAccessException
                    or NotSupportedException
                    or ArgumentOutOfRangeException { ParamName: "value" })
                throw new IOException($"Cannot write {path}: {error.Message}", error);
            throw;
        }
    }

    /// <summary>As <see cref="Write(string, Action{Stream}, bool)"/>.</summary>
    /// <exception cref="IOException">The file cannot be written; nothing of it is left. The message names it.</exception>
    public static void Write(string path, byte[] content, bool makeFolder = true) =>
        Write(path, stream => stream.Write(content), makeFolder);

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The failure to write is what the caller must hear about, not this one.
        }
    }
}
