using System.Globalization;

namespace KeypointRobustness.Reproduction;

/// <summary>The results of the seeds of one row, at one ratio and weight.</summary>
/// <param name="Row">The row.</param>
/// <param name="Ratio">The pruning ratio.</param>
/// <param name="Weight">The weight of the added loss.</param>
/// <param name="Results">One result a seed, at least one.</param>
internal sealed record ResultGroup(MethodRow Row, double Ratio, double Weight, IReadOnlyList<RunResult> Results)
{
    /// <summary>Groups results in the order of the tables.</summary>
    public static IReadOnlyList<ResultGroup> Of(IEnumerable<RunResult> results) =>
        [
            .. results
                .GroupBy(result => (result.Run.Row, result.Run.Ratio, result.Run.Weight))
                .Select(group => new ResultGroup(
                    MethodRow.Of(group.Key.Row),
                    group.Key.Ratio,
                    group.Key.Weight,
                    [.. group.OrderBy(result => result.Run.Seed)]))
                .OrderBy(group => MethodRow.All.Index().First(row => row.Item == group.Row).Index)
                .ThenBy(group => group.Ratio)
                .ThenBy(group => group.Weight),
        ];

    /// <summary>Mean and deviation of something over the seeds that gave a network; NaN if none did.</summary>
    public Spread Of(Func<RunResult, double> value) => Spread.Of(Results.Where(result => result.Failure is null).Select(value));

    /// <summary>
    /// Its name in tables, with what the preset varies, and the number of seeds that gave no network, or one that says hardly anything.
    /// </summary>
    public string Title(ReproductionPreset preset)
    {
        var name = Row.Name;
        if (Ratio > 0 && preset.Ratios.Count(ratio => ratio > 0) > 1)
            name += string.Create(CultureInfo.InvariantCulture, $", ratio {Ratio}");
        if (Weight > 0 && preset.WeightsOf(Row).Count() > 1)
            name += string.Create(CultureInfo.InvariantCulture, $", λ {Weight}");
        return name + Flag("TRIVIAL", result => IsTrivial(preset, result)) + Flag("FAILED", result => result.Failure is not null);
    }

    /// <summary>Whether any of its networks says hardly anything.</summary>
    public bool IsTrivial(ReproductionPreset preset) => Results.Any(result => IsTrivial(preset, result));

    private static bool IsTrivial(ReproductionPreset preset, RunResult result) =>
        result.Failure is null && !(result.OutputVariation >= preset.TrivialVariation);

    private string Flag(string name, Func<RunResult, bool> applies) =>
        Results.Count(applies) is > 0 and var count ? $" ({name}: {count} of {Results.Count})" : string.Empty;
}
