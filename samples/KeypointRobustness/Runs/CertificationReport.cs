using System.Globalization;
using System.Xml.Linq;
using KeypointRobustness.Reports;
using KeypointRobustness.Shards;
using RobustPruning.Certification;
using Spectre.Console;

namespace KeypointRobustness.Runs;

/// <summary>Shows the certificates of a folder: <c>report.html</c>, <c>summary.json</c> and <c>results.csv</c>. They depend on the certificates alone; but the report says when, and by which command, it was written.</summary>
internal static class CertificationReport
{
    // A page with the pictures of thousands of images could not be opened.
    private const int MostPictures = 24;
    private const int MostRowsOnConsole = 40;
    private const int MostPixels = 1000;

    private const string PlaneExplained =
        "The map of the parameter plane shows the boxes of parameters that were bounded in the end: certified, where the bounds prove every "
        + "keypoint that is not falsified somewhere; holding a counterexample, which a cross marks; or open.";

    private static readonly string[] Headers = ["image", "certified", "falsified", "unknown", "range px"];

    /// <summary>Certifies what a folder lacks, and writes the three files where nothing is missing then.</summary>
    /// <param name="work">The work.</param>
    /// <param name="output">The folder.</param>
    /// <param name="part">The part of the work that is to be done.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>What the certificates say; null while some are missing.</returns>
    public static CertificateSummary? Run(ImageCertification work, string output, Shard part, CancellationToken cancellationToken)
    {
        var folder = WorkFolder.Open(output, work.Set);
        WorkRun.Run(
            folder, work.Set.Items, part, "certifying", "images",
            item => work.Read(folder, item), (item, _) => work.Make(folder, item, cancellationToken), cancellationToken);
        work.WarnOfTraining();
        CertificateSummary? summary = null;
        WorkRun.Finish(folder, "images", () => summary = Write(folder, cancellationToken));
        if (summary?.Total["certified"] == 0 && work.TryLess(folder, cancellationToken) is { } less)
            Output.Text.WriteLine($"Nothing is certified for the whole range. {less}");
        return summary;
    }

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
        Output.Text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{total["certified"]} certified, {total["falsified"]} falsified, {total["unknown"]} unknown: {CertificateSummary.Share(total):0.0 %} certified"));
        Output.Text.WriteLine(summary.Sentence());
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
        var report = new HtmlReport("Certified keypoints").AddLead(summary.Sentence());
        foreach (var line in summary.Findings(byKeypoint: false))
            report.AddParagraph(line);
        report.AddFacts([
            ("Model", $"{options["network"]}; SHA-256 {options["model"][..12]}…"),
            ("Images", $"{summary.Images.Count} of {folder.Set.Items.Count}, scaled to {options["image size"]}"),
            ("Perturbation set", $"Every image under {options["perturbation set"]}"),
            ("Tolerance", $"{options["tolerance"]}, measured from the {options["measured from"]}{(options["property"].Contains("moves") ? ", which moves with the scene" : string.Empty)}"),
            ("Budget", $"{options["boxes at most"]} boxes and {options["seconds at most"]} s an image"),
            ("Library", options["library version"]),
        ]).AddFacts([.. folder.Set.Origin.Select(entry => (entry.Key, entry.Value)), .. Output.Origin()], HtmlReport.Run);
        if (summary.Missing.Count > 0)
            report.AddParagraph($"Missing: {string.Join(", ", summary.Missing.Select(item => item.Name))}.");
        if (summary.Set is not { } set)
            return report;

        var searched = options.ContainsKey(CertificateSummary.RadiusSearched);
        report.AddHeading("By keypoint").AddTable(
            ["keypoint", "certified", "wrong already", "broken by a change", "undecided", "certified %", "mean error px", "proved within px", .. searched ? new[] { "certified for % of the range: least", "mean" } : []],
            summary.Keypoints.Select(keypoint => Row(keypoint, searched)),
            "Wrong already: beyond the tolerance on the clean image. Proved within: the distance from the reference that is proved on every image, in pixels of the scaled images."
            + (searched ? " Certified for: the largest part of the range, about no change, for which it is certified where it is not wrong already." : string.Empty), cards: true);
        var (headers, rows) = summary.Regions!.Table(set);
        report.AddHeading("By change of the scene").AddTable(headers, rows, "The share of keypoints, in percent over all images, that are proved on all of a region of the parameters. A dash: no such change is possible.");
        report.AddHeading("By image").AddTable(Headers, summary.Images.Select(Cells), "The range is the mean over its keypoints of how far each can move at most.");
        report.AddParagraph("In the pictures, a marker is where the network finds a keypoint, and a cyan cross its label. On the clean image, the coloured box shows how far the keypoint can move at most, and the thin white box is the tolerance. On the worst case that was found, a line shows where the keypoint came from. Point at a keypoint to see its name.");
        report.AddParagraph(set.Dimension == 2
            ? PlaneExplained
            : $"The map of the parameter plane is left out: it is drawn for two parameters, and this set has {set.Dimension}.");
        if (summary.Images.Count > MostPictures)
            report.AddParagraph($"The first {MostPictures} images; the folder {WorkFolder.Pictures} has all.");
        foreach (var image in summary.Images.Take(MostPictures))
            AddImage(report, folder, summary, image);
        return report;
    }

    private static void AddImage(HtmlReport report, WorkFolder folder, CertificateSummary summary, ImageRow image)
    {
        string clean = folder.PictureOf(image.Item, ".svg"), worst = folder.PictureOf(image.Item, ".worst.svg");
        string scene = folder.PictureOf(image.Item, ".scene.png"), plane = folder.PictureOf(image.Item, ".plane.svg");
        report.AddSubheading(image.Item.Name);
        var certificate = CertificateSummary.Load(folder.ResultOf(image.Item));
        if (File.Exists(clean) && File.Exists(worst))
        {
            var worstSvg = File.ReadAllText(worst);
            report.AddFigures((File.ReadAllText(clean), "The clean image."), (worstSvg, $"The worst case found: {XElement.Parse(worstSvg).Attribute("aria-label")!.Value}."));
        }

        report.AddLegend(certificate.Keypoints.Where(keypoint => keypoint.Verdict != Verdict.Unlabelled).Select(keypoint => (keypoint.Verdict,
            $"{keypoint.Index + 1} {summary.KeypointNames[keypoint.Index]}: {CertificationRun.Describe(keypoint, certificate)}"
            + (image.Radius?.Shares[keypoint.Index] is { } share and < 1 ? string.Create(CultureInfo.InvariantCulture, $"; certified for {share:0.0 %} of the range") : string.Empty))));
        if (File.Exists(plane))
            report.AddFigure(File.ReadAllText(plane), $"The parameter plane of {folder.Set.Options["maps"]}, {image.Leaves} leaves.");
        if (File.Exists(scene))
            report.AddPicture(File.ReadAllBytes(scene), $"What the network sees: {image.Scene}.");
    }

    private static string[] Row(KeypointRow keypoint, bool searched) =>
    [
        keypoint.Name, Text(keypoint.Verdicts["certified"]), Text(keypoint.WrongAlready), Text(keypoint.Broken), Text(keypoint.Verdicts["unknown"]),
        CertificateSummary.Stated(keypoint.Verdicts) == 0 ? "–" : Percent(CertificateSummary.Share(keypoint.Verdicts)),
        Pixels(keypoint.MeanErrorPx), Pixels(keypoint.ProvedPx), .. searched ? new[] { Percent(keypoint.LeastRadius), Percent(keypoint.MeanRadius) } : [],
    ];

    private static string Percent(double? share) => share is { } value ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) : "–";

    private static string Pixels(double value) => double.IsNaN(value) ? "–" : value > MostPixels ? $"> {MostPixels}" : Numbers.Short(value);

    private static string[] Cells(ImageRow image) =>
        [image.Item.Name, Text(image.Verdicts["certified"]), Text(image.Verdicts["falsified"]), Text(image.Verdicts["unknown"]), Pixels(image.CertifiedRange)];

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);
}
