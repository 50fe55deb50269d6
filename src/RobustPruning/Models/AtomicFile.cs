namespace RobustPruning.Models;

/// <summary>Files that are there whole, or as they were before.</summary>
internal static class AtomicFile
{
    /// <summary>Writes to a temporary file of its own in the same folder, which is made if need be, and moves it into place.</summary>
    /// <exception cref="IOException">The file cannot be written; nothing of it is left.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
