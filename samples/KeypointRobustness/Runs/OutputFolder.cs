using System.Globalization;
using RobustPruning.Data;

namespace KeypointRobustness.Runs;

/// <summary>The folder that a command is to write to.</summary>
internal static class OutputFolder
{
    private const double Megabyte = 1 << 20;

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

        RequireProbe(folder, path, option);
    }

    /// <summary>Refuses a folder whose disk has no room for what is to be written.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="bytes">About how much that is.</param>
    /// <exception cref="DataException">There is less room.</exception>
    public static void RequireSpace(string path, long bytes)
    {
        var folder = Path.GetFullPath(path);
        var free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : Nearest(folder)).AvailableFreeSpace;
        if (free < 2 * bytes)
            throw new DataException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{path}' (--out) has {free / Megabyte:#,0} MB of room, but what is to be written needs {2 * bytes / Megabyte:#,0} "
                    + $"MB while it is written."));
    }

    private static string Nearest(string folder)
    {
        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    private static void RequireProbe(string folder, string path, string option)
    {
        try
        {
            using var probe = new FileStream(
                Path.Combine(folder, $".{Guid.NewGuid():N}.tmp"),
                FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            probe.WriteByte(0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot write to '{path}' ({option}): {error.Message}", error);
        }
    }
}
