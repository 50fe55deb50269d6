using KeypointRobustness.Shards;
using RobustPruning.Data;

namespace KeypointRobustness.Runs;

/// <summary>Brings the results of several folders into one.</summary>
internal static class Merging
{
    /// <summary>Copies what the folder lacks.</summary>
    /// <param name="folders">Folders of the same work, at least one.</param>
    /// <param name="output">The folder to write to; it may be one of them.</param>
    /// <param name="areSame">Whether two files are results of the same work, where they differ; null if they never are.</param>
    /// <param name="cancellationToken">Stops the work between two files.</param>
    /// <returns>The folder, and the items that several folders have.</returns>
    /// <exception cref="DataException">
    /// Folders are about other work or other options, or two results of an item differ; the message names them.
    /// </exception>
    public static (WorkFolder Folder, IReadOnlyList<WorkItem> Double) Run(
        IReadOnlyList<string> folders, string output, Func<string, string, bool>? areSame, CancellationToken cancellationToken)
    {
        var sources = folders.Select(WorkFolder.Read).ToList();
        var set = sources[0].Set;
        foreach (var source in sources.Skip(1))
            set = set.Join(source.Set, source.Path);
        var merged = WorkFolder.Open(output, set);
        var doubles = new List<WorkItem>();
        var pictures = sources.ToDictionary(source => source, source => source.ListPictures());
        foreach (var item in set.Items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var there = sources.Where(source => File.Exists(source.ResultOf(item))).ToList();
            if (there.Count > 1)
                doubles.Add(item);
            foreach (var source in there)
                Copy(source, pictures[source][item.Key], merged, item, areSame);
        }

        merged.WriteSeconds(folders.Append(output).DistinctBy(Path.GetFullPath));
        return (merged, doubles);
    }

    /// <summary>Copies the pictures of an item and then its result.</summary>
    private static void Copy(
        WorkFolder source, IEnumerable<string> pictures, WorkFolder merged, WorkItem item, Func<string, string, bool>? areSame)
    {
        string from = source.ResultOf(item), to = merged.ResultOf(item);
        if (Path.GetFullPath(from) == Path.GetFullPath(to))
            return;
        var content = File.ReadAllBytes(from);
        if (File.Exists(to))
        {
            if (!content.AsSpan().SequenceEqual(File.ReadAllBytes(to)) && areSame?.Invoke(from, to) != true)
                throw new DataException($"Results {from} and {to} of '{item.Name}' differ. Keep one of them.");
            return;
        }

        foreach (var picture in pictures)
            merged.Write(Path.Combine(merged.Path, WorkFolder.Pictures, Path.GetFileName(picture)), File.ReadAllBytes(picture));
        merged.Write(to, content);
    }
}
