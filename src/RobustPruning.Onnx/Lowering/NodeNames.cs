namespace RobustPruning.Onnx.Lowering;

/// <summary>
/// Names for a graph's nodes: the model's own, changed where two would clash. Modules are registered under names without dots, so dots
/// count as underscores.
/// </summary>
/// <param name="reserved">The names of input and outputs, which are kept as they are.</param>
internal sealed class NodeNames(IReadOnlyList<string> reserved)
{
    private readonly HashSet<string> _taken = [.. reserved.Select(WithoutDots)];
    private readonly HashSet<string> _open = [.. reserved];

    /// <summary>Whether the name is an output's or the input's.</summary>
    public bool IsOutput(string name) => reserved.Contains(name);

    /// <summary>The name, if it is reserved or not taken yet; otherwise one like it.</summary>
    public string Free(string wanted)
    {
        if (_open.Remove(wanted))
            return wanted;
        var name = wanted;
        for (var count = 2; !_taken.Add(WithoutDots(name)); count++)
            name = $"{wanted}_{count}";
        return name;
    }

    private static string WithoutDots(string name) => name.Replace('.', '_');
}
