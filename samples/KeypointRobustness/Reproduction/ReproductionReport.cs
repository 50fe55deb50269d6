using System.Globalization;
using KeypointRobustness.Reports;
using RobustPruning.Data;

namespace KeypointRobustness.Reproduction;

/// <summary>Shows what there is of a comparison as <c>report.html</c> and <c>results.md</c>; what is missing is named.</summary>
internal static class ReproductionReport
{
    private const string Title = "RobustPruning: what training and pruning do for certification";

    /// <summary>Writes both files.</summary>
    /// <exception cref="DataException">A file cannot be written.</exception>
    public static void Write(string folder, ReproductionPreset preset, IReadOnlyList<RunResult> results, IReadOnlyList<HardnessResult> hardness)
    {
        var html = new HtmlReport(Title);
        var markdown = new MarkdownReport(Title);
        foreach (var text in Explanations(preset, results))
            AddParagraph(text);

        foreach (var setting in results.GroupBy(result => (result.Run.Network, result.Run.Light)).OrderBy(setting => setting.Key))
        {
            var groups = ResultGroup.Of(setting);
            AddHeading($"{setting.Key.Network}, {setting.Key.Light}");
            foreach (var table in ReproductionTables.Of(preset, groups))
                AddTable(table);
            foreach (var (svg, caption) in ReproductionFigures.Of(preset, groups))
                html.AddFigure(svg, caption);
        }

        foreach (var network in hardness.GroupBy(result => (result.Run.Network, result.Run.Light, result.Run.Row)).OrderBy(network => network.Key))
        {
            AddHeading($"Hardness, channel by channel: {network.Key.Network}, {network.Key.Light}");
            AddTable(ReproductionTables.Hardness([.. network]));
            var (svg, caption) = ReproductionFigures.Hardness(network.First());
            html.AddFigure(svg, caption);
        }

        if (results.Where(result => result.Failure is not null).ToList() is { Count: > 0 } failed)
        {
            AddHeading("Failed");
            foreach (var result in failed)
                AddParagraph($"{result.Run.Name}: {result.Failure}");
        }

        var missing = preset.Runs().Select(run => run.Name).Except(results.Select(result => result.Run.Name)).ToList();
        if (missing.Count > 0)
        {
            AddHeading("Not run");
            AddParagraph(string.Join(", ", missing));
        }

        html.Save(Path.Combine(folder, "report.html"));
        markdown.Save(Path.Combine(folder, "results.md"));

        void AddHeading(string text)
        {
            html.AddHeading(text);
            markdown.AddHeading(text);
        }

        void AddParagraph(string text)
        {
            html.AddParagraph(text);
            markdown.AddParagraph(text);
        }

        void AddTable(ReportTable table)
        {
            html.AddTable(table.Headers, table.Rows, table.Caption);
            markdown.AddTable(table.Headers, table.Rows, table.Caption);
        }
    }

    private static IEnumerable<string> Explanations(ReproductionPreset preset, IReadOnlyList<RunResult> results)
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"Keypoint detectors of width {preset.Width} on {preset.Size}x{preset.Size} images of '{Path.GetFileName(Path.TrimEndingDirectorySeparator(preset.Data))}', {preset.HeldBack:0 %} held back. ")
            + string.Create(CultureInfo.InvariantCulture,
            $"Every row is trained on {preset.ImagesSeen} images (epochs times images), in steps of {preset.BatchSize}, with the same learning rate ({preset.LearningRate}, falling along a cosine); rows but the plain ones with {preset.AugmentedCopies} perturbed copy of each. ")
            + string.Create(CultureInfo.InvariantCulture,
            $"Pruned rows lose their channels in {preset.Cuts} {(preset.Cuts == 1 ? "cut" : "cuts")}, the first after {preset.FirstCut:0 %} of the training; 'scratch' has their widths from the start. The Wasserstein loss counts λ = {string.Join(", ", preset.Weights.Where(weight => weight > 0))} times the task's, and the relaxation-area loss {string.Join(", ", preset.AreaWeights)} times, reached after a share of {preset.Warmup} of the training. The relaxation-attribution loss has the absolute weight {string.Join(", ", preset.AttributionWeights)}.");
        yield return string.Create(CultureInfo.InvariantCulture,
            $"Light: {string.Join("; ", preset.Lights.Select(light => $"{light.Name}: brightness ±{light.Brightness}, contrast ±{light.Contrast}"))}. {preset.CertifiedImages} of the images held back are certified. Numbers are means ± standard deviations over seeds.");
        if (results.Count > 0)
        {
            yield return $"{results.Count} runs, made on: {string.Join("; ", results.Select(result => result.Machine.ToString()).Distinct())}; "
                + string.Create(CultureInfo.InvariantCulture, $"{results.Sum(result => result.Seconds) / 60:0} min in all.");
        }
    }
}
