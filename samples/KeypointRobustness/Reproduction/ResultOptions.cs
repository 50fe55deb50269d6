using System.Globalization;
using KeypointRobustness.Runs;

namespace KeypointRobustness.Reproduction;

/// <summary>Everything that a result depends on, by name: results made with other options must not be mixed.</summary>
internal static class ResultOptions
{
    /// <summary>The options of a run.</summary>
    /// <exception cref="ArgumentException">The run is not one of the preset's.</exception>
    public static SortedDictionary<string, string> Of(ReproductionPreset preset, ReproductionRun run)
    {
        preset.RequireOwn(run);
        return new(StringComparer.Ordinal)
        {
            ["data"] = preset.Data == DataSource.Aircraft
                ? Join(preset.Data, preset.Scenes, "scenes, seed", preset.DataSeed)
                : Join("folder", Path.GetFileName(Path.TrimEndingDirectorySeparator(preset.Data))),
            ["image size"] = Join(preset.Size),
            ["share held back"] = Join(preset.HeldBack),
            ["width multiplier"] = Join(preset.Width),
            ["light"] = preset.LightOf(run).ToString(),
            ["row"] = MethodRow.Of(run.Row).ToString(),
            ["images seen"] = Join(preset.ImagesSeen),
            ["batch size"] = Join(preset.BatchSize),
            ["augmented copies"] = Join(preset.AugmentedCopies),
            ["learning rate"] = Join(preset.LearningRate),
            ["warm-up"] = Join(preset.Warmup),
            ["cuts"] = MethodRow.Of(run.Row).IsPruned ? Join(preset.Cuts, "from", preset.FirstCut) : "none",
            ["questions"] = string.Join("; ", preset.Questions),
            ["certified images"] = Join(preset.CertifiedImages),
            ["boxes"] = Join(preset.Boxes),
        };
    }

    private static string Join(params object[] parts) =>
        string.Join(' ', parts.Select(part => Convert.ToString(part, CultureInfo.InvariantCulture)));
}
