using static TorchSharp.torch;

namespace RobustPruning.Onnx;

/// <summary>How <see cref="OnnxModel.Load"/> reads a model.</summary>
public sealed record OnnxLoadOptions
{
    /// <summary>What the first axis of the input is; <see cref="OnnxBatch.Automatic"/> by default.</summary>
    public OnnxBatch Batch { get; init; } = OnnxBatch.Automatic;

    /// <summary>
    /// The input's shape with the batch, where the file leaves sizes open; others must be the file's. Null to take the file's, with 1 for
    /// an open batch.
    /// </summary>
    public IReadOnlyList<long>? InputShape { get; init; }

    /// <summary>
    /// Fixed values for further inputs of the model, by name: all inputs but one need a value, here or in the file. They are copied.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Constants { get; init; } = new Dictionary<string, Tensor>();

    /// <summary>
    /// Whether a Softmax whose value is an output is left out, so that the output is the logits, which rank as it does and have closer
    /// bounds. Off by default.
    /// </summary>
    public bool StopBeforeSoftmax { get; init; }

    /// <summary>
    /// The most values that any tensor within the model may have for one sample, at least 1; 2²⁴ by default. Keeps small files from taking
    /// all memory.
    /// </summary>
    public long MaxValues { get; init; } = 1 << 24;
}
