using System.Collections.Concurrent;
using System.Globalization;
using KeypointRobustness.Commands;
using KeypointRobustness.Reports;
using RobustPruning.Data;
using RobustPruning.Models;

namespace KeypointRobustness.Shards;

/// <summary>
/// A folder of results, one file an item, to which any number of processes on any number of machines may write at once: <c>set.json</c>
/// says what is to be done, <c>results/KEY.json</c> is there when an item is done, <c>pictures</c> belong to it, and <c>log</c> holds the
/// seconds, which no result holds.
/// </summary>
internal sealed class WorkFolder
{
    /// <summary>The subfolder of results.</summary>
    public const string Results = "results";

    /// <summary>The subfolder of pictures.</summary>
    public const string Pictures = "pictures";

    private const string Log = "log";

    // Writing takes seconds: what is older was left by a process that was killed.
    private static readonly TimeSpan OldestTemporary = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, bool> _made = [];
    private readonly string _log;

    private WorkFolder(string path, WorkSet set)
    {
        (Path, Set) = (path, set);
        _log = System.IO.Path.Combine(
            path,
            Log,
            FormattableString.Invariant($"{Environment.MachineName}.{Environment.ProcessId}.{DateTime.UtcNow.Ticks}.csv"));
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>All that is to be done, what other runs of the same options are to do as well.</summary>
    public WorkSet Set { get; }

    /// <summary>Has a command that is stopped say that results are kept; from its start, as earlier runs may have left some.</summary>
    public static void SayHowToGoOn(string path) =>
        Stopping.HowToGoOn = () => $"What is finished is kept in {path}; the same command goes on.";

    /// <summary>Opens a folder to write to; makes it if need be.</summary>
    /// <exception cref="DataException">It holds results of another command or of other options; the message names them.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static WorkFolder Open(string path, WorkSet set)
    {
        SayHowToGoOn(path);
        var joined = set;
        if (File.Exists(WorkSet.PathIn(path)))
        {
            var there = WorkSet.Read(path);
            joined = set.Join(there, path);
            if (joined.Items.Count == there.Items.Count)
                joined = there;
            else
                joined.Write(path);
        }
        else
        {
            joined.Write(path);
        }

        DeleteOldTemporaries(path);
        return new WorkFolder(path, joined);
    }

    /// <summary>Opens a folder to read.</summary>
    /// <exception cref="DataException">It holds no results.</exception>
    public static WorkFolder Read(string path) => new(path, WorkSet.Read(path));

    /// <summary>The file of an item's result.</summary>
    public string ResultOf(WorkItem item) => System.IO.Path.Combine(Path, Results, item.Key + ".json");

    /// <summary>A picture of an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="extension">What its name ends in, with the dot.</param>
    public string PictureOf(WorkItem item, string extension) => System.IO.Path.Combine(Path, Pictures, item.Key + extension);

    /// <summary>
    /// All pictures there are, by the key of their item. Listing them once spares a search for each of thousands of items.
    /// </summary>
    public ILookup<string, string> ListPictures()
    {
        var folder = System.IO.Path.Combine(Path, Pictures);
        string[] files = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder).Where(file => !file.EndsWith(AtomicFile.TemporaryExtension, StringComparison.Ordinal))]
            : [];

        // A key holds one dot, before its digest.
        return files.ToLookup(file => string.Join('.', System.IO.Path.GetFileName(file).Split('.').Take(2)));
    }

    /// <summary>The items without a result.</summary>
    public IReadOnlyList<WorkItem> Missing()
    {
        var folder = System.IO.Path.Combine(Path, Results);
        var there = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.json").Select(System.IO.Path.GetFileName).ToHashSet()
            : [];
        return [.. Set.Items.Where(item => !there.Contains(item.Key + ".json"))];
    }

    /// <summary>
    /// Refuses to write where the folder is not there any more, which an unmounted one looks like: files would go to what lies below.
    /// </summary>
    /// <exception cref="DataException">It has vanished.</exception>
    public void RequirePresence()
    {
        if (!File.Exists(WorkSet.PathIn(Path)))
            throw new DataException(
                $"Folder {Path} has vanished: its set.json is not there any more. What was finished is in it; when it is back, the same "
                + $"command goes on.");
    }

    /// <summary>Writes a file of the folder.</summary>
    /// <exception cref="DataException">The folder has vanished.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path, byte[] content)
    {
        MakeFolderOf(path);
        try
        {
            AtomicFile.Write(path, content, makeFolder: false);
        }
        catch (IOException)
        {
            RequirePresence();
            throw;
        }
    }

    /// <summary>Makes a file's folder once: made again, it would lie below the folder that has vanished.</summary>
    private void MakeFolderOf(string path)
    {
        RequirePresence();
        if (_made.TryAdd(System.IO.Path.GetDirectoryName(path)!, true))
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
    }

    /// <summary>Keeps the time that an item took.</summary>
    public void LogSeconds(WorkItem item, double seconds)
    {
        MakeFolderOf(_log);
        File.AppendAllText(_log, string.Create(CultureInfo.InvariantCulture, $"{item.Key},{seconds:0.000}\n"));
    }

    /// <summary>The times of folders, one line an item, as <c>seconds.csv</c>.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WriteSeconds(IEnumerable<string> folders)
    {
        var lines = folders
            .Select(folder => System.IO.Path.Combine(folder, Log))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.csv"))
            .Order(StringComparer.Ordinal)
            .SelectMany(path =>
                File.ReadAllLines(path).Select(line => (Machine: System.IO.Path.GetFileName(path).Split('.')[0], Cells: line.Split(','))))
            .Where(line => line.Cells.Length == 2)
            .ToLookup(line => line.Cells[0]);
        var rows = Set.Items.Where(item => lines.Contains(item.Key)).Select(item => lines[item.Key].Last())
            .Select(line => (string[])[line.Cells[0], line.Cells[1], line.Machine]);
        Write(System.IO.Path.Combine(Path, "seconds.csv"), CsvTable.Of(["key", "seconds", "machine"], rows));
    }

    private static void DeleteOldTemporaries(string path)
    {
        foreach (var folder in new[] { path, System.IO.Path.Combine(path, Results), System.IO.Path.Combine(path, Pictures) }.Where(
                Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*" + AtomicFile.TemporaryExtension))
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > OldestTemporary)
                    File.Delete(file);
            }
        }
    }
}
