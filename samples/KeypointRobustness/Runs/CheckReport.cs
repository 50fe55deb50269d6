using System.Text.Json;
using KeypointRobustness.Reproduction;
using KeypointRobustness.Shards;

namespace KeypointRobustness.Runs;

/// <summary>Shows the checks of a folder as <c>summary.json</c>.</summary>
internal static class CheckReport
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Writes the file, and the refused certificates to the console.</summary>
    public static void Write(WorkFolder folder)
    {
        var missing = folder.Missing();
        var checks = Read(folder);
        var refused = checks.Where(check => !check.IsValid).ToList();
        var path = Path.Combine(folder.Path, "summary.json");
        folder.Write(path, JsonSerializer.SerializeToUtf8Bytes(new
        {
            folder.Set.Options,
            Certificates = folder.Set.Items.Count,
            Missing = missing.Select(item => item.Name),
            Valid = checks.Count - refused.Count,
            Leaves = checks.Sum(check => (long)check.Leaves),
            Refused = refused.Select(check => new { check.Name, check.Problems }),
        }, Json));
        foreach (var check in refused)
            Output.Text.WriteLine($"refused: {check.Name}: {string.Join(" ", check.Problems)}");
        Output.Event("checked", ("valid", checks.Count - refused.Count), ("refused", refused.Count), ("missing", missing.Count));
        Output.Text.WriteLine(
            $"{checks.Count - refused.Count} valid, {refused.Count} refused, {missing.Count} missing of {folder.Set.Items.Count}");
        Output.Wrote(path);
    }

    /// <summary>Whether no check of the folder refuses its certificate.</summary>
    public static bool AreAllValid(WorkFolder folder) => Read(folder).All(check => check.IsValid);

    private static List<CheckResult> Read(WorkFolder folder)
    {
        var missing = folder.Missing().ToHashSet();
        return
        [
            .. folder.Set.Items.Where(item => !missing.Contains(item)).Select(item => ResultFile.Read<CheckResult>(folder.ResultOf(item))),
        ];
    }
}
