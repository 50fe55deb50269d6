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

    // Where to go on counting, for each name that has been asked for twice.
    private readonly Dictionary<string, long> _next = [];
    private readonly HashSet<string> _taken = [.. taken.Select(WithoutDots)];

    /// <summary>The name, if it is not taken yet; otherwise one like it.</summary>
    public string Free(string wanted)
    {
        if (wanted == Joined || wanted.StartsWith($"{Joined}.", StringComparison.Ordinal))
            wanted = $"_{wanted}";
        if (_taken.Add(WithoutDots(wanted)))
            return wanted;
        var count = _next.GetValueOrDefault(wanted, 2);
        while (!_taken.Add(WithoutDots($"{wanted}_{count}")))
            count++;
        _next[wanted] = count + 1;
        return $"{wanted}_{count}";
    }

    private static string WithoutDots(string name) => name.Replace('.', '_');
}
