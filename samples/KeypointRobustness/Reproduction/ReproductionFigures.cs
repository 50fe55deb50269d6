using KeypointRobustness.Reports;

namespace KeypointRobustness.Reproduction;

/// <summary>The figures of a comparison, as SVG with a caption.</summary>
internal static class ReproductionFigures
{
    private static readonly string[] Trainings = ["plain", "robust", "robust+wasserstein"];
    private static readonly (AddedLoss Loss, string Name)[] Losses =
        [(AddedLoss.None, "no added loss"), (AddedLoss.Wasserstein, "Wasserstein loss"), (AddedLoss.RelaxationArea, "relaxation-area loss"), (AddedLoss.Attribution, "relaxation-attribution loss")];

    /// <summary>All figures of results at one network and change of light.</summary>
    public static IEnumerable<(string Svg, string Caption)> Of(ReproductionPreset preset, IReadOnlyList<ResultGroup> groups) =>
        Deviations(groups).Concat(ByPolicy(preset, groups)).Append(TradeOff(preset, groups));

    /// <summary>Where contribution ranks channels, and what removing them gains.</summary>
    public static (string Svg, string Caption) Hardness(HardnessResult result)
    {
        // Scores have no unit that would fit an axis, ranks do.
        var ranks = result.Channels.OrderBy(channel => channel.Foretold[0]).Index().ToDictionary(entry => entry.Item, entry => (double)entry.Index);
        return (
            Charts.Points(new("Does USN foretell hardness?", $"rank by {HardnessStudy.Measures[0]} (right: foretold to be hard)", "drop of the certified range in px"),
                [.. result.Channels.GroupBy(channel => channel.Layer).Select(layer => new PointSeries(layer.Key, [.. layer.Select(channel => (ranks[channel], channel.DropPx))]))]),
            $"Each point is a channel of {result.Run.Name}, removed alone; above 0 the network is easier to certify without it.");
    }

    /// <summary>USN for three trainings of the same network, as the first seed gave it.</summary>
    private static IEnumerable<(string Svg, string Caption)> Deviations(IReadOnlyList<ResultGroup> groups)
    {
        var maps = Trainings.Select(name => groups.LastOrDefault(group => group.Row.Name == name)?.Results.FirstOrDefault(result => result.Failure is null))
            .OfType<RunResult>().Select(result => (Name: result.Run.Row, result.Deviations)).ToList();
        var scale = maps.SelectMany(map => map.Deviations).SelectMany(layer => layer.Channels).ToList();
        return maps.Select(map => (
            Charts.HeatMap(new($"USN of every channel: {map.Name}", "channels of a layer, from the highest deviation to the lowest", "raw deviation E[Δ²], logarithmic; low (light) is good"),
                [.. map.Deviations.Select(layer => (layer.Layer, (IReadOnlyList<double>)[.. layer.Channels.OrderDescending()]))], scale),
            $"Training '{map.Name}', one seed; the colours of all trainings mean the same."));
    }

    /// <summary>Certified share and time by policy: lines over the pruning ratio, or bars where there is one.</summary>
    private static IEnumerable<(string Svg, string Caption)> ByPolicy(ReproductionPreset preset, IReadOnlyList<ResultGroup> groups)
    {
        foreach (var (index, question) in preset.Questions.Index())
        {
            yield return (ByPolicy(preset, groups, $"Keypoints certified {question}", "share certified (high is good)", result => result.Share(index, answer => answer.Certified)),
                "Mean over seeds.");
            yield return (ByPolicy(preset, groups, $"Time to decide keypoints {question}", "s an image (low is good)", result => result.Mean(index, answer => answer.Seconds)),
                "Mean over seeds and images: until every keypoint of an image is decided, or its boxes are spent.");
        }
    }

    private static string ByPolicy(ReproductionPreset preset, IReadOnlyList<ResultGroup> groups, string title, string axis, Func<RunResult, double> value)
    {
        // Of several weights, the strongest of each loss.
        var shown = groups.Where(group => group.Weight == preset.WeightsOf(group.Row).Max()).ToList();
        if (preset.Ratios.Count(ratio => ratio > 0) > 1)
        {
            return Charts.Points(new(title, "pruning ratio", axis), [.. shown.Where(group => group.Row.IsSmall).GroupBy(group => group.Row).Select(row =>
            {
                // Without pruning, a row is the unpruned one with the same loss.
                var points = shown.Where(group => group.Row is { IsSmall: false, Augmented: true } && group.Row.Loss == row.Key.Loss).Concat(row)
                    .Select(group => (group.Ratio, group.Of(value).Mean)).ToList();
                return new PointSeries(row.Key.Name, points);
            })], lines: true);
        }

        string[] names = [.. shown.Select(group => NameOf(group.Row)).Distinct()];
        return names.Length == 0 ? Charts.Points(new(title, string.Empty, axis), []) : Charts.GroupedBars(new(title, string.Empty, axis), names,
            [.. Losses.Select(loss => new BarSeries(loss.Name, [.. names.Select(name =>
                shown.FirstOrDefault(group => NameOf(group.Row) == name && group.Row.Loss == loss.Loss)?.Of(value).Mean ?? double.NaN)]))]);
    }

    private static (string Svg, string Caption) TradeOff(ReproductionPreset preset, IReadOnlyList<ResultGroup> groups)
    {
        // A network that says nothing errs so much that the others would shrink into a corner.
        var (trivial, shown) = (groups.Where(group => group.IsTrivial(preset)).ToList(), groups.Where(group => !group.IsTrivial(preset)).ToList());
        return (
            Charts.Points(
                new($"Accuracy against certified keypoints, {preset.Questions[0]}", "mean error px (left is good)", "share certified (high is good)"),
                [.. shown.Select(group => new PointSeries(
                    group.Title(preset), [(group.Of(result => result.MeanErrorPx).Mean, group.Of(result => result.Share(0, answer => answer.Certified)).Mean)]))]),
            "One point a row, the mean over seeds; upper left is better."
            + (trivial.Count == 0 ? string.Empty : $" Left out as trivial: {string.Join(", ", trivial.Select(group => group.Title(preset)))}."));
    }

    /// <summary>A row's name without its loss.</summary>
    private static string NameOf(MethodRow row) => row.Name.Split('+')[0];
}
