using KeypointRobustness.Reproduction;
using RobustPruning.Data;

namespace KeypointRobustness.Shards;

/// <summary>
/// All that one command is to do, in whatever shards. It is kept in the results' folder, so that results of other options are refused.
/// </summary>
/// <param name="Command">The command's name.</param>
/// <param name="Options">Everything that a result depends on but its item, by name.</param>
/// <param name="Items">The items, in order.</param>
internal sealed record WorkSet(string Command, IReadOnlyDictionary<string, string> Options, IReadOnlyList<WorkItem> Items)
{
    private const string FileName = "set.json";

    /// <summary>Where the work comes from, to be shown: names with values on which no result depends.</summary>
    public IReadOnlyDictionary<string, string> Origin { get; init; } = new Dictionary<string, string>();

    /// <summary>Where a folder keeps it.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, FileName);

    /// <summary>Reads a folder's.</summary>
    /// <exception cref="DataException">There is none, or it is damaged.</exception>
    public static WorkSet Read(string folder)
    {
        var path = PathIn(folder);
        return File.Exists(path) ? ResultFile.Read<WorkSet>(path)
            : throw new DataException($"There are no results in {folder}: it has no {FileName}.");
    }

    /// <summary>Writes it to a folder.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string folder) => ResultFile.Write(PathIn(folder), this);

    /// <summary>This set and what another one of the same options has beside it.</summary>
    /// <param name="other">The other set.</param>
    /// <param name="folder">Its folder, for messages.</param>
    /// <exception cref="DataException">It was made by another command or with other options; the message names them.</exception>
    public WorkSet Join(WorkSet other, string folder)
    {
        if (other.Command != Command)
            throw new DataException(
                $"Folder {folder} holds results of '{other.Command}', not of '{Command}'. Give this run a folder of its own.");
        ResultFile.RequireOptions(PathIn(folder), other.Options, Options);
        var known = Items.Select(item => item.Key).ToHashSet();
        return this with { Items = [.. Items, .. other.Items.Where(item => !known.Contains(item.Key))] };
    }
}
