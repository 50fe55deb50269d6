using System.Globalization;
using KeypointRobustness.Reports;
using KeypointRobustness.Shards;
using Spectre.Console;

namespace KeypointRobustness.Runs;

/// <summary>Shows the certificates of a folder: <c>report.html</c>, <c>summary.json</c> and <c>results.csv</c>. They hold no times, and depend on the certificates alone.</summary>
internal static class CertificationReport
{
    // A page with the pictures of thousands of images could not be opened.
    private const int MostPictures = 24;
    private const int MostRowsOnConsole = 40;

    private const string PlaneExplained =
        "The map of the parameter plane shows the boxes of parameters that were bounded in the end: certified, where the bounds prove every "
        + "keypoint that is not falsified somewhere; holding a counterexample, which a cross marks; or open.";

    private static readonly string[] Headers = ["image", "certified", "falsified", "unknown", "range px"];

    /// <summary>Writes the three files, and a table to the console.</summary>
    public static CertificateSummary Write(WorkFolder folder, CancellationToken cancellationToken)
    {
        var summary = CertificateSummary.Read(folder, cancellationToken);
        folder.Write(Path.Combine(folder.Path, "summary.json"), summary.ToJson());
        folder.Write(Path.Combine(folder.Path, "results.csv"), summary.ToCsv());
        var report = Path.Combine(folder.Path, "report.html");
        Page(folder, summary).Save(report);

        var table = new Table().AddColumns(Headers);
        foreach (var image in summary.Images.Take(MostRowsOnConsole))
            table.AddRow([.. Cells(image).Select(Markup.Escape)]);
        if (summary.Images.Count > MostRowsOnConsole)
            table.AddRow($"and {summary.Images.Count - MostRowsOnConsole} more");
        AnsiConsole.Write(table);
        var total = summary.Total;
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{total["certified"]} certified, {total["falsified"]} falsified, {total["unknown"]} unknown: {CertificateSummary.Share(total):0.0 %} certified"));
        foreach (var (name, value) in total)
            Output.Event("total", ("verdict", name), ("count", value));
        foreach (var line in summary.Findings())
            Output.Text.WriteLine(line);
        Output.Event("findings", ("meanErrorPx", summary.MeanErrorPx), ("wrongAlready", summary.WrongAlready), ("brokenByTheLight", summary.Broken), ("trivial", summary.IsTrivial));
        Output.Wrote(report);
        return summary;
    }

    private static HtmlReport Page(WorkFolder folder, CertificateSummary summary)
    {
        var options = folder.Set.Options;
        var report = new HtmlReport("Certified keypoints").AddParagraph(
            $"Every image under {options["perturbation set"]}; tolerance {options["tolerance"]}, measured from the {options["measured from"]}{(options["property"].Contains("moves") ? ", which moves with the scene" : string.Empty)}. "
            + $"{summary.Images.Count} of {folder.Set.Items.Count} images. A box shows how far the keypoint can move at most.");
        foreach (var line in summary.Findings())
            report.AddParagraph(line);
        if (summary.Missing.Count > 0)
            report.AddParagraph($"Missing: {string.Join(", ", summary.Missing.Select(item => item.Name))}.");
        if (summary.Set is not { } set)
            return report;

        report.AddTable(["keypoint", "certified", "falsified", "unknown", "certified %"],
            [Verdicts("all", summary.Total), .. summary.KeypointNames.Zip(summary.Keypoints, Verdicts)], "Verdicts by keypoint.");
        var (headers, rows) = summary.Regions!.Table(set);
        report.AddTable(headers, rows, "The share of keypoints, in percent over all images, that are proved on all of a region of the parameters. A dash: no such change is possible.");
        report.AddTable(Headers, summary.Images.Select(Cells), "Verdicts by image; the range is the mean over its keypoints of how far each can move at most.");
        report.AddParagraph(set.Dimension == 2
            ? PlaneExplained
            : $"The map of the parameter plane is left out: it is drawn for two parameters, and this set has {set.Dimension}.");
        if (summary.Images.Count > MostPictures)
            report.AddParagraph($"The first {MostPictures} images; the folder {WorkFolder.Pictures} has all.");
        foreach (var image in summary.Images.Take(MostPictures))
        {
            string picture = folder.PictureOf(image.Item, ".png"), scene = folder.PictureOf(image.Item, ".scene.png"), plane = folder.PictureOf(image.Item, ".plane.svg");
            if (File.Exists(picture))
                report.AddPicture(File.ReadAllBytes(picture), image.Item.Name);
            if (File.Exists(plane))
                report.AddFigure(File.ReadAllText(plane), $"{image.Item.Name}: the parameter plane of {options["maps"]}, {image.Leaves} leaves.");
            if (File.Exists(scene))
                report.AddPicture(File.ReadAllBytes(scene), $"{image.Item.Name}: {image.Scene}");
        }

        return report;
    }

    private static string[] Verdicts(string name, IReadOnlyDictionary<string, long> verdicts) =>
    [
        name, Text(verdicts["certified"]), Text(verdicts["falsified"]), Text(verdicts["unknown"]),
        CertificateSummary.Stated(verdicts) == 0 ? "–" : (100 * CertificateSummary.Share(verdicts)).ToString("0.0", CultureInfo.InvariantCulture),
    ];

    private static string[] Cells(ImageRow image) =>
        [image.Item.Name, Text(image.Verdicts["certified"]), Text(image.Verdicts["falsified"]), Text(image.Verdicts["unknown"]), Numbers.Short(image.CertifiedRange)];

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);
}
