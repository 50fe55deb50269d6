using System.Globalization;
using System.Text.Json;
using KeypointRobustness.Reports;
using RobustPruning.Models;

namespace KeypointRobustness.Runs;

/// <summary>Shows the demo's rows: a table on the console, <c>report.html</c> and <c>results.json</c>.</summary>
internal static class DemoReport
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    private const string Hindsight =
        "The tolerance is the median that the bounds of all ways prove, so that no column is all or nothing; --tolerance sets one "
        + "beforehand.";

    /// <summary>Writes both files into <paramref name="folder"/> and the table to the console.</summary>
    public static void Write(string folder, DemoOptions options, IReadOnlyList<ComparedNetwork> rows)
    {
        var tolerance = rows[0].Certificates[0].Tolerance;
        NetworkComparison.Print(rows);
        Output.Text.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"verdicts against the label, tolerance {tolerance} px of {options.Size}x{options.Size}, brightness and contrast "
                + $"±{options.Light}, {options.CertifiedScenes} scenes"));
        if (options.Tolerance == 0)
            Output.Text.WriteLine(Hindsight);

        AtomicFile.Write(
            Path.Combine(folder, "results.json"),
            JsonSerializer.SerializeToUtf8Bytes(Results(options, tolerance, rows), Json));
        Page(options, tolerance, rows).Save(Path.Combine(folder, "report.html"));
        Output.Wrote(Path.Combine(folder, "report.html"));
        Output.Wrote(Path.Combine(folder, "results.json"));
    }

    private static object Results(DemoOptions options, double tolerance, IReadOnlyList<ComparedNetwork> rows) => new
    {
        TolerancePx = tolerance,
        options.Size,
        options.Light,
        options.CertifiedScenes,
        options.Epochs,
        options.Seed,
        Rows = rows.Select(row => new
        {
            row.Way,
            row.Parameters,
            row.Macs,
            row.MeanErrorPx,
            row.Certified,
            row.Falsified,
            row.Unknown,
            row.CertifiedRangePx,
            row.UnstableNeurons,
            row.VerificationSeconds,
            row.OutputVariation,
            row.Trivial,
        }),
    };

    private static HtmlReport Page(DemoOptions options, double tolerance, IReadOnlyList<ComparedNetwork> rows)
    {
        var report = new HtmlReport("RobustPruning: ways to prune side by side").AddParagraph(Introduction(options, tolerance));
        NetworkComparison.AddTo(report, rows);
        report
            .AddFigure(
                Charts.Points(new PlotLabels("Accuracy and range", "mean error px", "certified range px"),
                    [.. rows.Select(row => new PointSeries(row.Way, [(row.MeanErrorPx, row.CertifiedRangePx)]))]),
                "Lower left is better.")
            .AddHeading("Scenes");
        NetworkComparison.AddPictures(report, rows);
        return report;
    }

    private static string Introduction(DemoOptions options, double tolerance) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"A CNN7 of width {options.Width} learns 23 keypoints of an aircraft at {options.Size}x{options.Size}: unpruned, and pruned "
            + $"at random, ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"by Taylor scores and by USN. All are trained for {options.Epochs} epochs on the same scenes with robust augmentation and "
            + $"the Wasserstein loss; ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"the pruned ones lose {options.Ratio:0 %} of every layer's channels. Then every keypoint of {options.CertifiedScenes} test "
            + $"scenes is certified ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"for all changes of brightness and contrast within ±{options.Light} at once: certified means that it provably stays within "
            + $"{tolerance} px ")
        + $"of its label, falsified that a change was found that moves it further. {(options.Tolerance == 0 ? Hindsight : string.Empty)}";
}
