namespace RobustPruning.Onnx.Lowering;

/// <summary>What a model may ask for beyond its own bytes, so that a small file cannot take all memory.</summary>
/// <param name="mostValues">How many values one tensor may have.</param>
internal sealed class Limits(long mostValues)
{
    // A model moves values about a few times, a hostile one without end.
    private const int Rearrangements = 4;

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
        return _spent <= (double)Rearrangements * mostValues
            ? count
            : throw new OnnxException($"it moves {_spent:0} values about; {nameof(OnnxLoadOptions.MaxValues)}, {mostValues}, allows {Rearrangements} times as many.");
    }
}
