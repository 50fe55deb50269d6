using System.Globalization;
using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>Where the channels of a group stand in one layer or value.</summary>
/// <param name="Node">The layer, or the node whose value it is.</param>
/// <param name="Entries">
/// For each channel of the group its indices along the node's channels, ascending. One mostly; H·W behind a flatten, where channel c is
/// the features [c·H·W, (c + 1)·H·W); several where a layer reads a channel twice, or where a grouped convolution keeps its groups in step.
/// </param>
public sealed record ChannelEntries(GraphNode Node, IReadOnlyList<IReadOnlyList<int>> Entries)
{
    /// <summary>The sum over each channel's entries.</summary>
    /// <param name="values">One value an entry of the node.</param>
    /// <returns>One value a channel of the group.</returns>
    public double[] Sum(IReadOnlyList<double> values) => [.. Entries.Select(entries => entries.Sum(entry => values[entry]))];

    /// <summary>The mean over each channel's entries.</summary>
    /// <param name="values">One value an entry of the node.</param>
    /// <returns>One value a channel of the group.</returns>
    public double[] Mean(IReadOnlyList<double> values) => [.. Entries.Select(entries => entries.Average(entry => values[entry]))];

    /// <summary>For example <c>16 channels of conv1</c>.</summary>
    public override string ToString() => $"{Entries.Count} channels of {Node.Name}";
}
