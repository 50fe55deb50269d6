using RobustPruning.Onnx.Constants;

namespace RobustPruning.Onnx.Lowering;

/// <summary>What a model may ask for beyond its own bytes, so that a small file cannot take all memory.</summary>
/// <param name="mostValues">How many values one tensor may have.</param>
/// <param name="modelBytes">The size of the model's file: a large model may move more about than a small one.</param>
/// <param name="files">The files beside it, of which what has been found counts likewise.</param>
internal sealed class Limits(long mostValues, long modelBytes, ExternalFiles files)
{
    private double _spent;

    private double Most => (mostValues / 4.0) + (2.0 * (modelBytes + files.Bytes));

    /// <summary>The number of values of a shape.</summary>
    /// <exception cref="OnnxException">It is more than the limit.</exception>
    public long Require(params IReadOnlyList<long> shape) =>
        Sizes.Count(shape) is { } count && count <= mostValues
            ? count
            : throw new OnnxException(
                $"a value of shape [{string.Join(", ", shape)}] is more than {nameof(OnnxLoadOptions.MaxValues)}, {mostValues}, allows.");

    /// <summary>
    /// The number of values of a shape, all of which are to be held in memory: moved about while loading, or as weights of a layer.
    /// </summary>
    /// <exception cref="OnnxException">It is more than the limit, or all of them so far are.</exception>
    public long Spend(params IReadOnlyList<long> shape)
    {
        var count = Require(shape);
        _spent += count;
        return _spent <= Most
            ? count
            : throw new OnnxException(
                $"the model moves or repeats {_spent:0} values in all; {nameof(OnnxLoadOptions.MaxValues)}, {mostValues}, allows "
                + $"{Most:0} in a file of its size.");
    }
}
