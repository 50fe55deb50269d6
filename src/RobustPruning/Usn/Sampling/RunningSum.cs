using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>A sum of tensors of one shape, which it owns until it is taken.</summary>
internal sealed class RunningSum : IDisposable
{
    private Tensor? _sum;
    private long _count;

    public void Add(Tensor value)
    {
        var old = _sum;
        _sum = (old is null ? value.clone() : old.Plus(value)).DetachFromDisposeScope();
        _count++;
        old?.Dispose();
    }

    /// <summary>The sum, which starts anew; the caller owns it.</summary>
    public Tensor Take()
    {
        var sum = _sum!;
        (_sum, _count) = (null, 0);
        return sum;
    }

    /// <summary>The sum over the number of its terms; it starts anew.</summary>
    public Tensor Mean()
    {
        var count = _count;
        using var sum = Take();
        return sum / Scalars.Of(count);
    }

    public void Dispose() => _sum?.Dispose();
}
