namespace RobustPruning.Pruning;

/// <summary>A network before and after pruning, layer by layer, as a table and as data.</summary>
/// <param name="Before">The network before.</param>
/// <param name="After">The network after; its layers have the names they had before.</param>
/// <exception cref="PruningException">The networks have other layers.</exception>
public sealed record PruningComparison(NetworkSummary Before, NetworkSummary After)
{
    /// <summary>Each layer before and after, in the graph's order.</summary>
    public IReadOnlyList<(LayerSummary Before, LayerSummary After)> Layers { get; } =
        Before.Layers.Select(layer => layer.Name).SequenceEqual(After.Layers.Select(layer => layer.Name))
            ? [.. Before.Layers.Zip(After.Layers)]
            : throw new PruningException("The two networks have other layers: one is not the other, pruned.");

    /// <summary>The share of the parameters that is gone.</summary>
    public double ParameterRatio => 1 - ((double)After.Parameters / Before.Parameters);

    /// <summary>The share of the multiply-accumulate operations that is gone.</summary>
    public double MacRatio => 1 - ((double)After.Macs / Before.Macs);

    /// <summary>A table, one layer a line.</summary>
    public override string ToString() => TextTable.Of(
        ["layer", "channels", "parameters", "MACs", "unstable"],
        [.. Layers.Select(layer => (string[])
            [
                layer.Before.Name,
                Change(TextTable.Count(layer.Before.Channels), TextTable.Count(layer.After.Channels)),
                Change(TextTable.Count(layer.Before.Parameters), TextTable.Count(layer.After.Parameters)),
                Change(TextTable.Count(layer.Before.Macs), TextTable.Count(layer.After.Macs)),
                Change(TextTable.Share(layer.Before.UnstableShare), TextTable.Share(layer.After.UnstableShare)),
            ]),
            [
                "all",
                string.Empty,
                $"{Change(TextTable.Count(Before.Parameters), TextTable.Count(After.Parameters))} (-{TextTable.Share(ParameterRatio)})",
                $"{Change(TextTable.Count(Before.Macs), TextTable.Count(After.Macs))} (-{TextTable.Share(MacRatio)})",
                Change(TextTable.Share(Before.UnstableShare), TextTable.Share(After.UnstableShare)),
            ]]);

    private static string Change(string before, string after) => before == after ? before : $"{before} > {after}";
}
