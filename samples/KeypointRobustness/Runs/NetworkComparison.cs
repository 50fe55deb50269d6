using KeypointRobustness.Pictures;
using KeypointRobustness.Reports;
using RobustPruning.Certification;
using Spectre.Console;

namespace KeypointRobustness.Runs;

/// <summary>Shows networks side by side: what they cost, how well they predict, and what is certified of them.</summary>
internal static class NetworkComparison
{
    private const int MostPictures = 2;

    private static readonly string[] Headers =
        ["way", "parameters", "MACs", "mean error px", "certified", "falsified", "unknown", "range px", "unstable", "time s", "trivial"];

    /// <summary>Writes a table to the console, and an event for each network.</summary>
    public static void Print(IReadOnlyList<ComparedNetwork> networks)
    {
        var table = new Table().AddColumns(Headers);
        foreach (var network in networks)
        {
            table.AddRow([.. Cells(network).Select(Markup.Escape)]);
            Output.Event(
                "way", ("name", network.Way), ("parameters", network.Parameters), ("macs", network.Macs),
                ("meanErrorPx", network.MeanErrorPx),
                ("certified", network.Certified), ("falsified", network.Falsified), ("unknown", network.Unknown),
                ("seconds", network.VerificationSeconds), ("trivial", network.Trivial));
        }

        AnsiConsole.Write(table);
    }

    /// <summary>Adds a table and plots of the verdicts to a page.</summary>
    public static void AddTo(HtmlReport report, IReadOnlyList<ComparedNetwork> networks)
    {
        report.AddTable(
            Headers,
            networks.Select(Cells),
            "The mean error is in pixels; range: how far a keypoint can move at most, the mean; unstable: neurons, the mean; time: to "
            + "verify all images. "
                + "Trivial: a network whose predictions hardly vary across images certifies well and says nothing.",
            cards: true);
        if (networks.All(network => network.Certificates.Count == 0))
            return;
        report
            .AddHeading("What is certified")
            .AddFigure(
                Charts.StackedBars(
                    new PlotLabels($"Keypoints of {networks[0].Certificates.Count} images", "", "keypoints"),
                    [.. networks.Select(network => network.Way)],
                    [
                        new BarSeries(
                            "certified",
                            [.. networks.Select(network => (double)network.Certified)],
                            Palette.Of(Verdict.Certified)),
                        new BarSeries(
                            "falsified",
                            [.. networks.Select(network => (double)network.Falsified)],
                            Palette.Of(Verdict.Falsified)),
                        new BarSeries("unknown", [.. networks.Select(network => (double)network.Unknown)], Palette.Of(Verdict.Unknown)),
                    ]),
                "Verdicts against the label.")
            .AddFigure(
                Charts.Points(
                    new PlotLabels("Certified share by tolerance", "tolerance in px", "share certified"),
                    [.. networks.Select(CertifiedShare)],
                    lines: true),
                "The bounds of one verification answer every tolerance.");
    }

    /// <summary>Adds pictures of the first certified images.</summary>
    public static void AddPictures(HtmlReport report, IReadOnlyList<ComparedNetwork> networks)
    {
        report.AddParagraph(
            "A marker is where the network finds a keypoint, a cyan cross its label, and a box how far it can move. "
            + "Point at a keypoint to see its name and its tolerance.");
        foreach (var network in networks)
        {
            report.AddFigures(network.Images.Samples.Zip(network.Certificates).Take(MostPictures).Select(image => (
                CertificationRun.DrawClean(ShownImage.Of(image.First.Image), image.First, network.Images.KeypointNames, image.Second),
                $"{network.Way}: {image.Second}")));
        }
    }

    private static string[] Cells(ComparedNetwork network)
    {
        string[] costs =
        [
            network.Way, Numbers.Grouped(network.Parameters), Numbers.Grouped(network.Macs), Numbers.Short(network.MeanErrorPx),
        ];
        string[] findings = network.Certificates.Count == 0 ? ["–", "–", "–", "–", "–", "–"] :
        [
            network.Certified.ToString(), network.Falsified.ToString(), network.Unknown.ToString(), Numbers.Short(network.CertifiedRangePx),
            Numbers.Grouped((long)network.UnstableNeurons), Numbers.Short(network.VerificationSeconds),
        ];
        return [.. costs, .. findings, network.Trivial ? "TRIVIAL" : "no"];
    }

    private static PointSeries CertifiedShare(ComparedNetwork network)
    {
        var proved = network.Certificates.SelectMany(certificate => certificate.Keypoints)
            .Where(keypoint => keypoint.Verdict != Verdict.Unlabelled).Select(keypoint => keypoint.ProvedTolerance).Order().ToList();
        return new PointSeries(network.Way, [.. proved.Select((tolerance, index) => (tolerance, (index + 1.0) / proved.Count))]);
    }
}
