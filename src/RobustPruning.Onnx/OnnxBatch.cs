namespace RobustPruning.Onnx;

/// <summary>What the first axis of a model's input is.</summary>
public enum OnnxBatch
{
    /// <summary>The batch, unless the model mixes values along it or the input has one axis only; then as <see cref="None"/>.</summary>
    Automatic,

    /// <summary>The batch: the graph's input is one sample, without this axis. A model that mixes samples is refused.</summary>
    FirstAxis,

    /// <summary>An axis like any other: the graph's input is the whole tensor.</summary>
    None,
}
