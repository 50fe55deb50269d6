namespace RobustPruning.Onnx.Lowering;

/// <summary>What a model may ask for beyond its own bytes, so that a small file cannot take all memory.</summary>
/// <param name="mostValues">How many values one tensor may have.</param>
/// <param name="fileBytes">The size of the model's file: a large model may move more about than a small one.</param>
internal sealed class Limits(long mostValues, long fileBytes)
{
    private readonly double _most = (mostValues / 4.0) + (2.0 * fileBytes);
    private double _spent;

    /// <summary>The number of values of a shape.</summary>
    /// <exception cref="OnnxException">It is more than the limit.</exception>
    public long Require(params IReadOnlyList<long> shape) => Sizes.Count(shape) is { } count && count <= mostValues
        ? count
        : throw new OnnxException($"a value of shape [{string.Join(", ", shape)}] is more than {nameof(OnnxLoadOptions.MaxValues)}, {mostValues}, allows.");

    /// <summary>The number of values of a shape, all of which are to be held in memory while loading.</summary>
    /// <exception cref="OnnxException">It is more than the limit, or all of them so far are.</exception>
    public long Spend(params IReadOnlyList<long> shape)
    {
        var count = Require(shape);
        _spent += count;
        return _spent <= _most
            ? count
            : throw new OnnxException($"the model moves {_spent:0} values about in all; {nameof(OnnxLoadOptions.MaxValues)}, {mostValues}, allows {_most:0} in a file of its size.");
    }
}
