using System.Globalization;
using KeypointRobustness.Reports;
using RobustPruning.Certification;
using RobustPruning.Pruning;

namespace KeypointRobustness.Runs;

/// <summary>Shows a network before and after pruning side by side: a table on the console, and <c>report.html</c>.</summary>
internal static class PruneReport
{
    /// <summary>Writes the page, and the tables to the console.</summary>
    /// <param name="folder">The folder to write to.</param>
    /// <param name="facts">What was asked.</param>
    /// <param name="layers">The networks layer by layer.</param>
    /// <param name="networks">The networks: before and after.</param>
    public static void Write(
        string folder, IReadOnlyList<(string Name, string Value)> facts, PruningComparison layers, IReadOnlyList<ComparedNetwork> networks)
    {
        Output.Text.WriteLine(layers.ToString());
        NetworkComparison.Print(networks);
        var report = new HtmlReport("A network before and after pruning").AddLead(Sentence(networks[0], networks[1]))
            .AddFacts([.. facts, ("Library", typeof(Certifier).Assembly.GetName().Version!.ToString(3))])
            .AddFacts(Output.Origin(), HtmlReport.Run).AddHeading("Side by side");
        NetworkComparison.AddTo(report, networks);
        report
            .AddHeading("By layer")
            .AddTable(
                ["layer", "channels", "parameters", "MACs", "unstable"],
                layers.Layers.Select(layer =>
                    (string[])
                        [
                            layer.Before.Name,
                            Change(layer.Before.Channels, layer.After.Channels),
                            Change(layer.Before.Parameters, layer.After.Parameters),
                            Change(layer.Before.Macs, layer.After.Macs),
                            layer.Before.UnstableShare is { } before
                                ? $"{Percent(before)} → {Percent(layer.After.UnstableShare!.Value)}"
                                : "–",
                        ]),
                "Before → after pruning. Unstable: the share of neurons that are on either side of zero somewhere in the range, by "
                + "interval bounds.",
                cards: true);
        if (networks[0].Certificates.Count > 0)
        {
            report.AddHeading("Images");
            NetworkComparison.AddPictures(report, networks);
        }

        var path = Path.Combine(folder, "report.html");
        report.Save(path);
        Output.Wrote(path);
    }

    private static string Sentence(ComparedNetwork before, ComparedNetwork after) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Pruning took {Gone(before.Parameters, after.Parameters)} of the parameters and {Gone(before.Macs, after.Macs)} of the "
            + $"operations. ")
        + string.Create(CultureInfo.InvariantCulture, $"The mean error went from {before.MeanErrorPx:0.00} to {after.MeanErrorPx:0.00} px")
        + (
            before.Certificates.Count == 0
                ? "."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $", the certified keypoints from {before.Certified} to {after.Certified} of "
                    + $"{before.Certified + before.Falsified + before.Unknown}, ")
                    + string.Create(
                        CultureInfo.InvariantCulture,
                        $"and the time to verify them from {before.VerificationSeconds:0.0} to {after.VerificationSeconds:0.0} s."));

    private static string Gone(long before, long after) => Percent(1 - ((double)after / before));

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Change(long before, long after) =>
        before == 0 ? "–"
        : before == after ? Numbers.Grouped(before)
        : $"{Numbers.Grouped(before)} → {Numbers.Grouped(after)}";
}
