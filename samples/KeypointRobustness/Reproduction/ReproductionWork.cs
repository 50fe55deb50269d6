using System.Globalization;
using KeypointRobustness.Shards;
using RobustPruning.Models;

namespace KeypointRobustness.Reproduction;

/// <summary>The trainings of a comparison as work that can be divided and merged.</summary>
internal static class ReproductionWork
{
    /// <summary>The command's name.</summary>
    public const string CommandName = "reproduce";

    private const string Hardness = "hardness";

    /// <summary>All trainings of a preset.</summary>
    public static WorkSet SetOf(ReproductionPreset preset) =>
        new(
            CommandName,
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["preset"] = preset.Name,
                ["data"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(preset.Data)),
            },
            [.. preset.Runs().Select(ItemOf)]);

    /// <summary>A training as an item.</summary>
    public static WorkItem ItemOf(ReproductionRun run) => new(run.Name, run.Name);

    /// <summary>
    /// Whether two results are those of the same training: they differ in their times, and on other processors in the last bits.
    /// </summary>
    public static bool AreSame(string one, string other)
    {
        var (first, second) = (ResultFile.Read<RunResult>(one), ResultFile.Read<RunResult>(other));
        ResultFile.RequireOptions(one, first.Options, second.Options);
        return (first.Run, first.DataDigest) == (second.Run, second.DataDigest);
    }

    /// <summary>Copies what folders know about how hard channels make a network.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void CopyHardness(IEnumerable<string> folders, WorkFolder merged)
    {
        foreach (var path in folders
                .Select(folder => Path.Combine(folder, Hardness))
                .Where(Directory.Exists)
                .SelectMany(folder => Directory.GetFiles(folder, "*.json")))
        {
            var target = Path.Combine(merged.Path, Hardness, Path.GetFileName(path));
            if (!File.Exists(target))
                AtomicFile.Write(target, File.ReadAllBytes(path));
        }
    }

    /// <summary>Writes the report of a folder; the preset is the one that its trainings belong to.</summary>
    public static void Report(WorkFolder folder)
    {
        var names = folder.Set.Items.Select(item => item.Name).ToList();
        var preset = ReproductionPreset.Of(folder.Set.Options["preset"]) with
        {
            Data = folder.Set.Options["data"],
            Rows = [.. names.Select(name => name[..name.IndexOf('.')]).Distinct()],
            Seeds = names.Max(
                name => int.Parse(
                    name.AsSpan(name.LastIndexOf(".seed", StringComparison.Ordinal) + ".seed".Length), CultureInfo.InvariantCulture)) + 1,
        };
        new Reproducer(preset, folder.Path).Report();
    }
}
