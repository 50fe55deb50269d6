using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>What makes a run the run it is, by name: everything that its result depends on.</summary>
internal static class RunIdentity
{
    /// <summary>
    /// The parts of a run before it starts. User-defined transforms, losses and policies count by what they call themselves.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Of(
        GraphModule network, SemanticSet set, KeypointData data, KeypointData validation, ProgressivePruningOptions options)
    {
        using var weights = new MemoryStream();
        ModelFile.Write(network, weights);
        weights.Position = 0;
        return new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["network"] = Convert.ToHexStringLower(SHA256.HashData(weights)),
            ["training data"] = Of(data),
            ["validation data"] = Of(validation),
            ["semantic set"] = Of(set),
            ["schedule"] = Join(
                options.TargetRatio, options.Rounds, options.Schedule, string.Join(' ', options.Ratios ?? []), options.InitialEpochs,
                options.EpochsPerRound),
            ["pruning"] = Join(
                options.Policy.Name, options.Pruning.Measure, options.Pruning.Scope, options.Pruning.MinimumWidth,
                options.Pruning.MaximumRatio,
                options.Pruning.Multiple, options.Pruning.MinimumNaturalVariance, string.Join(' ', options.Pruning.Excluded),
                string.Join(' ', options.Pruning.ExcludedModules.Select(module => module.GetName())), options.CalibrationImages,
                options.ErrorLimit),
            ["loss"] = Join(options.Heatmaps is { } heatmaps ? $"{heatmaps}; {options.Loss}"
                : options.Loss, options.Lambda, options.WassersteinWarmup, options.Wasserstein),
            ["training"] = Join(options.AugmentedCopies, options.BatchSize, options.LearningRate, options.LearningRates, options.Seed),
        };
    }

    private static string Join(params object[] parts) =>
        string.Join("; ", parts.Select(part => Convert.ToString(part, CultureInfo.InvariantCulture)));

    private static string Of(SemanticSet set)
    {
        try
        {
            return JsonSerializer.Serialize(SemanticSetDescription.Of(set));
        }
        catch (NotSupportedException)
        {
            return Join(set, string.Join(' ', set.Box.Lower), string.Join(' ', set.Box.Upper));
        }
    }

    private static string Of(KeypointData data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var values in new[] { data.Images, data.Labels })
        {
            using var scope = NewDisposeScope();
            hash.AppendData(MemoryMarshal.AsBytes<double>(values.to(float64).cpu().contiguous().flatten().data<double>().ToArray()));
        }

        return $"[{string.Join(", ", data.Images.shape)}] {Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
