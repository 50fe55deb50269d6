using System.Globalization;

namespace KeypointRobustness.Reproduction;

/// <summary>The tables of a comparison: a row a method, with mean and deviation over seeds.</summary>
internal static class ReproductionTables
{
    /// <summary>The tables of results at one network and change of light.</summary>
    public static IEnumerable<ReportTable> Of(ReproductionPreset preset, IReadOnlyList<ResultGroup> groups)
    {
        yield return Table(
            preset,
            groups,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Size and accuracy. Error and PCK (predictions within {preset.CorrectTolerance} px of the label along both axes) on "
                + $"images held back; variation of the outputs across images, relative to the labels': below {preset.TrivialVariation} "
                + $"the network is trivial."),
            new("channels", "0", result => result.Channels),
            new("parameters", "#,0", result => result.Parameters),
            new("MACs", "#,0", result => result.Macs),
            new("error px", "0.00", result => result.MeanErrorPx),
            new("PCK %", "0.0", result => 100 * result.CorrectShare),
            new("variation", "0.00", result => result.OutputVariation),
            new("training s", "0", result => result.TrainingSeconds));
        foreach (var (index, question) in preset.Questions.Index())
        {
            yield return Table(
                preset,
                groups,
                $"Keypoints {question}, for all light of the set: at most {preset.Boxes} boxes an image; time and boxes to decide all "
                + $"keypoints of an image, or to spend the boxes.",
                new("certified %", "0.0", result => 100 * result.Share(index, answer => answer.Certified)),
                new("falsified %", "0.0", result => 100 * result.Share(index, answer => answer.Falsified)),
                new("unknown %", "0.0", result => 100 * result.Share(index, answer => answer.Unknown)),
                new("s to decide", "0.00", result => result.Mean(index, answer => answer.Seconds)),
                new("processor s", "0.00", result => result.Mean(index, answer => answer.ProcessorSeconds)),
                new("boxes", "0.0", result => result.Mean(index, answer => answer.Boxes)));
        }

        yield return Table(
            preset,
            groups,
            "Bounds of one box over the whole set: how far a keypoint can be proved to move, the mean over coordinates, keypoints and "
            + "images; how many times its sampled range that is; the median and the worst image.",
            new("certified range px", "0.00", result => result.CertifiedRangePx),
            new("÷ sampled range", "0.0", result => result.RangeRatio),
            new("median image px", "0.00", result => Median(result.Images.Select(image => image.CertifiedRangePx))),
            new("worst image px", "0.00", result => result.Images.Max(image => image.CertifiedRangePx)),
            new("unstable neurons", "0", result => result.Images.Average(image => image.UnstableNeurons)),
            new("ms a box", "0", result => 1000 * result.Images.Average(image => image.BoxSeconds)));
    }

    /// <summary>How well measures foretell what a channel's removal gains.</summary>
    public static ReportTable Hardness(IReadOnlyList<HardnessResult> results) =>
        new(
            "Spearman's rank correlation of each measure with the drop of the certified range (one box) when a channel alone is removed. "
                + $"{results.Average(result => result.Channels.Count):0} channels of row {results[0].Run.Row}, {results.Count} networks, "
                + $"bounds in {results.Average(result => result.Seconds):0} s each; 1 is best, 0 says nothing.",
            ["measure", "over all channels", "within layers"],
            [
                .. HardnessStudy.Measures.Select(
                    (measure, index) =>
                        (IReadOnlyList<string>)
                            [
                                measure,
                                Spread.Of(results.Select(result => HardnessStudy.Correlation(result.Channels, index))).ToString("0.00"),
                                Spread
                                    .Of(results.Select(result => HardnessStudy.CorrelationWithinLayers(result.Channels, index)))
                                    .ToString("0.00"),
                            ]),
            ]);

    private static ReportTable Table(
        ReproductionPreset preset, IReadOnlyList<ResultGroup> groups, string caption, params IReadOnlyList<Column> columns) =>
        new(
            caption,
            ["row", .. columns.Select(column => column.Heading)],
            [
                .. groups.Select(group =>
                    (IReadOnlyList<string>)
                        [group.Title(preset), .. columns.Select(column => group.Of(column.Value).ToString(column.Format))]),
            ]);

    private static double Median(IEnumerable<double> values) => MathNet.Numerics.Statistics.Statistics.Median(values);

    private sealed record Column(string Heading, string Format, Func<RunResult, double> Value);
}
