namespace RobustPruning.Onnx.Lowering;

/// <summary>
/// Names for a graph's nodes: the model's own, changed where two would clash. Modules are registered under names without dots, so dots
/// count as underscores.
/// </summary>
/// <param name="taken">Names that are given already.</param>
internal sealed class NodeNames(IEnumerable<string> taken)
{
    // What a graph calls the nodes that join its outputs.
    private const string Joined = "outputs";

    private readonly HashSet<string> _taken = [.. taken.Select(WithoutDots)];

    /// <summary>The name, if it is not taken yet; otherwise one like it.</summary>
    public string Free(string wanted)
    {
        if (wanted == Joined || wanted.StartsWith($"{Joined}.", StringComparison.Ordinal))
            wanted = $"_{wanted}";
        var name = wanted;
        for (var count = 2; !_taken.Add(WithoutDots(name)); count++)
            name = $"{wanted}_{count}";
        return name;
    }

    private static string WithoutDots(string name) => name.Replace('.', '_');
}
