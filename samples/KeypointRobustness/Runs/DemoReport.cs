using System.Globalization;
using System.Text.Json;
using KeypointRobustness.Pictures;
using KeypointRobustness.Reports;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Models;
using Spectre.Console;

namespace KeypointRobustness.Runs;

/// <summary>Shows the demo's rows: a table on the console, <c>report.html</c> and <c>results.json</c>.</summary>
internal static class DemoReport
{
    private static readonly string[] Headers =
        ["way", "parameters", "MACs", "mean error px", "certified", "falsified", "unknown", "range px", "unstable", "time s", "trivial"];

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    private const string Hindsight =
        "The tolerance is the median that the bounds of all ways prove, so that no column is all or nothing; --tolerance sets one beforehand.";

    /// <summary>Writes both files into <paramref name="folder"/> and the table to the console.</summary>
    public static void Write(string folder, DemoOptions options, IReadOnlyList<DemoRow> rows)
    {
        var tolerance = rows[0].Certificates[0].Tolerance;
        var table = new Table().AddColumns(Headers);
        foreach (var row in rows)
        {
            table.AddRow([.. Cells(row).Select(Markup.Escape)]);
            Output.Event("way", ("name", row.Way), ("meanErrorPx", row.MeanErrorPx), ("certified", row.Certified), ("falsified", row.Falsified), ("unknown", row.Unknown), ("trivial", row.Trivial));
        }

        AnsiConsole.Write(table);
        Output.Text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"verdicts against the label, tolerance {tolerance} px of {options.Size}x{options.Size}, brightness and contrast ±{options.Light}, {options.CertifiedScenes} scenes"));
        if (options.Tolerance == 0)
            Output.Text.WriteLine(Hindsight);

        AtomicFile.Write(Path.Combine(folder, "results.json"), JsonSerializer.SerializeToUtf8Bytes(Results(options, tolerance, rows), Json));
        Page(options, tolerance, rows).Save(Path.Combine(folder, "report.html"));
        Output.Wrote(Path.Combine(folder, "report.html"));
        Output.Wrote(Path.Combine(folder, "results.json"));
    }

    private static object Results(DemoOptions options, double tolerance, IReadOnlyList<DemoRow> rows) => new
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

    private static string[] Cells(DemoRow row) =>
    [
        row.Way, Numbers.Grouped(row.Parameters), Numbers.Grouped(row.Macs), Numbers.Short(row.MeanErrorPx), row.Certified.ToString(),
        row.Falsified.ToString(), row.Unknown.ToString(), Numbers.Short(row.CertifiedRangePx), Numbers.Grouped((long)row.UnstableNeurons),
        Numbers.Short(row.VerificationSeconds), row.Trivial ? "TRIVIAL" : "no",
    ];

    private static HtmlReport Page(DemoOptions options, double tolerance, IReadOnlyList<DemoRow> rows)
    {
        var names = rows.Select(row => row.Way).ToList();
        var report = new HtmlReport("RobustPruning: ways to prune side by side")
            .AddParagraph(string.Create(CultureInfo.InvariantCulture,
                $"A CNN7 of width {options.Width} learns 23 keypoints of an aircraft at {options.Size}x{options.Size}: unpruned, and pruned at random, by Taylor scores and by USN. All are trained for {options.Epochs} epochs on the same scenes with robust augmentation and the Wasserstein loss; the pruned ones lose {options.Ratio:0 %} of every layer's channels. "
                + $"Then every keypoint of {options.CertifiedScenes} test scenes is certified for all changes of brightness and contrast within ±{options.Light} at once: certified means that it provably stays within {tolerance} px of its label, falsified that a change was found that moves it further. ")
                + (options.Tolerance == 0 ? Hindsight : string.Empty))
            .AddTable(Headers, rows.Select(Cells), "The mean error is in pixels; range: how far a keypoint can move at most, the mean; unstable: neurons, the mean; time: to verify all scenes. Trivial: a network whose predictions hardly vary across scenes certifies well and says nothing.", cards: true)
            .AddHeading("What is certified")
            .AddFigure(
                Charts.StackedBars(new PlotLabels($"Keypoints of {options.CertifiedScenes} scenes", "", "keypoints"), names,
                [
                    new BarSeries("certified", [.. rows.Select(row => (double)row.Certified)], Palette.Of(Verdict.Certified)),
                    new BarSeries("falsified", [.. rows.Select(row => (double)row.Falsified)], Palette.Of(Verdict.Falsified)),
                    new BarSeries("unknown", [.. rows.Select(row => (double)row.Unknown)], Palette.Of(Verdict.Unknown)),
                ]),
                "Verdicts against the label.")
            .AddFigure(
                Charts.Points(new PlotLabels("Certified share by tolerance", "tolerance in px", "share certified"), [.. rows.Select(CertifiedShare)], lines: true),
                "The bounds of one verification answer every tolerance.")
            .AddFigure(
                Charts.Points(new PlotLabels("Accuracy and range", "mean error px", "certified range px"),
                    [.. rows.Select(row => new PointSeries(row.Way, [(row.MeanErrorPx, row.CertifiedRangePx)]))]),
                "Lower left is better.")
            .AddHeading("Scenes")
            .AddParagraph("A marker is where the network finds a keypoint, a cyan cross its label, and a box how far it can move. Point at a keypoint to see its name and its tolerance.");
        foreach (var row in rows)
        {
            report.AddFigures(row.Scenes.Samples.Zip(row.Certificates).Take(2).Select(scene => (
                CertificationRun.DrawClean(ShownImage.Of(scene.First.Image), scene.First, row.Scenes.KeypointNames, scene.Second), $"{row.Way}: {scene.Second}")));
        }

        return report;
    }

    private static PointSeries CertifiedShare(DemoRow row)
    {
        var proved = row.Certificates.SelectMany(certificate => certificate.Keypoints).Select(keypoint => keypoint.ProvedTolerance).Order().ToList();
        return new PointSeries(row.Way, [.. proved.Select((tolerance, index) => (tolerance, (index + 1.0) / proved.Count))]);
    }
}
