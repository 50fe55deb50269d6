using System.Globalization;
using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>The size of a network before any pruning, which ratios are shares of.</summary>
/// <param name="Widths">The width of each channel group, by the group's name.</param>
/// <param name="Parameters">Trainable parameters.</param>
/// <param name="Macs">Multiply-accumulate operations for one image.</param>
public sealed record OriginalSize(IReadOnlyDictionary<string, int> Widths, long Parameters, long Macs)
{
    /// <summary>The size of a network as it is.</summary>
    /// <exception cref="PruningException">A layer couples channels in an unknown way.</exception>
    public static OriginalSize Of(Graph network) =>
        new(ChannelGroup.Of(network).ToDictionary(group => group.Name, group => group.Width), network.Parameters, network.Macs);

    /// <summary>The width of a group before any pruning.</summary>
    /// <exception cref="PruningException">The original network had no such group, or a narrower one.</exception>
    internal int WidthOf(ChannelGroup group)
    {
        if (!Widths.TryGetValue(group.Name, out var width))
            throw new PruningException($"The original size names no channel group '{group.Name}': it is another network's.")
                { Name = group.Name };
        return width >= group.Width
            ? width : throw new PruningException($"Group '{group.Name}' has {group.Width} channels, but the original size says {width}.")
                { Name = group.Name, Value = width };
    }

    /// <summary>For example <c>5 channel groups, 12,345 parameters, 1,234,567 MACs</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Widths.Count} channel groups, {Parameters:N0} parameters, {Macs:N0} MACs");
}
