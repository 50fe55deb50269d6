using System.Globalization;
using RobustPruning.Perturbations;

namespace KeypointRobustness.Runs;

/// <summary>What may change, said in words.</summary>
internal static class InWords
{
    /// <summary>For example <c>brightness by up to ±0.05 and contrast by up to ±0.05</c>.</summary>
    /// <param name="set">What may change.</param>
    /// <param name="share">The part of the ranges.</param>
    public static string Range(SemanticSet set, double share = 1)
    {
        string[] parts =
        [
            .. set.Parameters.Select(parameter =>
                parameter.Lower == -parameter.Upper
                    ? string.Create(CultureInfo.InvariantCulture, $"{parameter.Name} by up to ±{share * parameter.Upper:0.######}")
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{parameter.Name} from {share * parameter.Lower:0.######} to {share * parameter.Upper:0.######}")),
        ];
        return parts.Length == 1 ? parts[0] : $"{string.Join(", ", parts[..^1])} and {parts[^1]}";
    }
}
