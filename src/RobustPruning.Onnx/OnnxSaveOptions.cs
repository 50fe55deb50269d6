namespace RobustPruning.Onnx;

/// <summary>How <see cref="OnnxModel.Save"/> writes a network.</summary>
public sealed record OnnxSaveOptions
{
    /// <summary>The name of the input; null for the name of the graph's input node, which is the file's for a loaded model.</summary>
    public string? InputName { get; init; }

    /// <summary>
    /// The names of the outputs in order; null for the names of the graph's output nodes, which are the file's for a loaded model.
    /// </summary>
    public IReadOnlyList<string>? OutputNames { get; init; }

    /// <summary>The name of the graph within the file.</summary>
    public string GraphName { get; init; } = "network";
}
