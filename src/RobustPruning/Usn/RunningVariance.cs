using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>The variance of tensors that come one by one, without keeping them (Welford, 1962). It owns its sums.</summary>
internal sealed class RunningVariance : IDisposable
{
    private Tensor? _mean, _squares;
    private long _count;

    public void Add(Tensor value)
    {
        using var scope = NewDisposeScope();
        _count++;
        var change = _mean is null ? value : value - _mean;
        var mean = _mean is null ? value.clone() : _mean.Plus(change / Scalars.Of(_count));
        var squares = _squares is null ? zeros_like(value) : _squares.Plus(change * (value - mean));
        Dispose();
        (_mean, _squares) = (mean.DetachFromDisposeScope(), squares.DetachFromDisposeScope());
    }

    /// <summary>The mean squared distance from the mean, in the caller's scope; it starts anew.</summary>
    public Tensor Variance()
    {
        var variance = _squares! / Scalars.Of(_count);
        Dispose();
        (_mean, _squares, _count) = (null, null, 0);
        return variance;
    }

    public void Dispose()
    {
        _mean?.Dispose();
        _squares?.Dispose();
    }
}
