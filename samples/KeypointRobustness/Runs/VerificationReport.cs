using System.Globalization;
using System.Text.Json;
using KeypointRobustness.Reports;
using KeypointRobustness.Reproduction;
using KeypointRobustness.Shards;

namespace KeypointRobustness.Runs;

/// <summary>Shows the answers of a folder: <c>report.html</c>, <c>summary.json</c> and <c>results.csv</c>.</summary>
internal static class VerificationReport
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };
    private static readonly string[] Headers = ["model", "specification", "seconds at most", "answer"];

    /// <summary>Writes the three files, and the counts to the console.</summary>
    public static void Write(WorkFolder folder)
    {
        var missing = folder.Missing();
        var results = folder.Set.Items.Except(missing).Select(item => ResultFile.Read<InstanceResult>(folder.ResultOf(item))).ToList();
        var counts = new SortedDictionary<string, int>(results.CountBy(result => result.Answer).ToDictionary(), StringComparer.Ordinal);
        var rows = results
            .Select(result =>
                (string[])[result.Model, result.Specification, result.TimeoutSeconds.ToString(CultureInfo.InvariantCulture), result.Answer])
            .ToList();
        var report = new HtmlReport("Verified instances").AddParagraph(Line());
        if (missing.Count > 0)
            report.AddParagraph($"Missing: {string.Join(", ", missing.Select(item => item.Name))}.");
        report.AddTable(Headers, rows);

        folder.Write(Path.Combine(folder.Path, "summary.json"), JsonSerializer.SerializeToUtf8Bytes(
            new { Instances = folder.Set.Items.Count, Missing = missing.Select(item => item.Name), Answers = counts }, Json));
        folder.Write(Path.Combine(folder.Path, "results.csv"), CsvTable.Of(Headers, rows));
        var path = Path.Combine(folder.Path, "report.html");
        report.Save(path);
        Output.Text.WriteLine(Line());
        foreach (var (answer, count) in counts)
            Output.Event("total", ("answer", answer), ("count", count));
        Output.Wrote(path);

        string Line() =>
            $"{results.Count} of {folder.Set.Items.Count} instances: "
            + $"{string.Join(", ", counts.Select(count => $"{count.Value} {count.Key}"))}";
    }
}
