namespace RobustPruning.Onnx.Constants;

/// <summary>What a name in a model stands for.</summary>
internal abstract class Value(IReadOnlyList<long> shape, bool hasBatch)
{
    /// <summary>Its shape in the model.</summary>
    public IReadOnlyList<long> Shape { get; } = shape;

    /// <summary>Whether its first axis is the batch, which a graph's nodes do not have.</summary>
    public bool HasBatch => hasBatch;

    /// <summary>Its shape for one sample.</summary>
    public long[] SampleShape => [.. Shape.Skip(hasBatch ? 1 : 0)];

    /// <summary>The axes that belong to the batch.</summary>
    public long[] BatchShape => [.. Shape.Take(hasBatch ? 1 : 0)];

    /// <summary>The number of its values.</summary>
    public long Count { get; } = Sizes.Count(shape) ?? throw new OnnxException($"the shape [{string.Join(", ", shape)}] is impossible.");
}
