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
        [.. results.GroupBy(result => (result.Run.Row, result.Run.Ratio, result.Run.Weight))
            .Select(group => new ResultGroup(MethodRow.Of(group.Key.Row), group.Key.Ratio, group.Key.Weight, [.. group.OrderBy(result => result.Run.Seed)]))
            .OrderBy(group => MethodRow.All.Index().First(row => row.Item == group.Row).Index).ThenBy(group => group.Ratio).ThenBy(group => group.Weight)];

    /// <summary>Mean and deviation of something over the seeds.</summary>
    public Spread Of(Func<RunResult, double> value) => Spread.Of(Results.Select(value));

    /// <summary>Its name in tables, with what the preset varies, and the number of seeds whose network says hardly anything.</summary>
    public string Title(ReproductionPreset preset)
    {
        var name = Row.Name;
        if (Ratio > 0 && preset.Ratios.Count(ratio => ratio > 0) > 1)
            name += string.Create(CultureInfo.InvariantCulture, $", ratio {Ratio}");
        if (Weight > 0 && preset.Weights.Count(weight => weight > 0) > 1)
            name += string.Create(CultureInfo.InvariantCulture, $", λ {Weight}");
        var trivial = Results.Count(result => !(result.OutputVariation >= preset.TrivialVariation));
        return trivial == 0 ? name : $"{name} (TRIVIAL: {trivial} of {Results.Count})";
    }
}
