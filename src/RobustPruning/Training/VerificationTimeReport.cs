using System.Globalization;
using RobustPruning.Graphs;

namespace RobustPruning.Training;

/// <summary>What a run of <see cref="VerificationTimePruning"/> ended with.</summary>
/// <param name="Network">
/// The network after the last accepted round, in evaluation mode; the caller owns it, unless no cut was made: then it is the one that was
/// given.
/// </param>
/// <param name="Rounds">Every round, in order; the first is the network that was given.</param>
/// <param name="Target">The time that was asked for.</param>
/// <param name="Stopped">Why it ended above the target; null if it reached it.</param>
public sealed record VerificationTimeReport(
    GraphModule Network, IReadOnlyList<VerificationTimeRound> Rounds, TimeSpan Target, string? Stopped = null)
{
    /// <summary>One line a round: channels removed, time predicted and measured, error.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Rounds.Select(round => round.ToString()).Append(
        Stopped ?? string.Create(CultureInfo.InvariantCulture, $"reached {Target.TotalSeconds:0.###} s an image")));
}

/// <summary>The network at the end of a round.</summary>
/// <param name="Round">0 before the first cut, then the number of cuts made.</param>
/// <param name="Ratio">The share of the channels that this cut removed.</param>
/// <param name="Predicted">The time to decide an image that was predicted before fine-tuning; null for the first network.</param>
/// <param name="Measured">The median time to decide an image.</param>
/// <param name="Error">Mean error on the validation data, in pixels.</param>
/// <param name="Accepted">Whether the error is within the limit.</param>
public sealed record VerificationTimeRound(int Round, double Ratio, TimeSpan? Predicted, TimeSpan Measured, double Error, bool Accepted)
{
    /// <summary>
    /// For example <c>round 1: 42 % of the channels removed, 0.51 s an image predicted, 0.47 s measured, error 1.05 px</c>.
    /// </summary>
    public override string ToString() =>
        Predicted is { } predicted
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"round {Round}: {Ratio * 100:0} % of the channels removed, {predicted.TotalSeconds:0.###} s an image predicted, "
                + $"{Measured.TotalSeconds:0.###} s measured, error {Error:0.00} px")
            : string.Create(CultureInfo.InvariantCulture, $"before: {Measured.TotalSeconds:0.###} s an image, error {Error:0.00} px");
}
