using System.Globalization;
using RobustPruning.Graphs;

namespace RobustPruning.Training;

/// <summary>What a run of <see cref="ProgressivePruning"/> ended with.</summary>
/// <param name="Network">
/// The network after the last accepted round, in evaluation mode; the caller owns it. Without a cut it is the one that was given.
/// </param>
/// <param name="Rounds">Every round, in order.</param>
/// <param name="Stopped">
/// Why it ended before its last round: an error above the limit, or a cut that would have left a layer of channels that say nothing. Null
/// if it did not.
/// </param>
public sealed record PruningReport(GraphModule Network, IReadOnlyList<PruningRound> Rounds, string? Stopped = null)
{
    /// <summary>One round a line, and why it stopped if it did.</summary>
    public override string ToString() =>
        string.Join(
            Environment.NewLine,
            [.. Rounds.Select(round => round.ToString()), .. Stopped is null ? (string[])[] : [$"stopped: {Stopped}"]]);
}
