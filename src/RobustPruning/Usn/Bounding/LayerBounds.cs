using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>
/// Running sums of what bounds say about one node's moves, over the cells of a box and over images, in 64-bit numbers. It owns them.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="average">Whether the mean over cells counts, or the worst of them.</param>
internal sealed class LayerBounds(GraphNode node, bool average) : IDisposable
{
    // What differences, squares and sums may lose here, with room to spare.
    private const double Outward = 1 + 1e-10;

    private readonly RunningSum _bias = new(), _deviation = new(), _variance = new(), _cells = new();
    private readonly RunningVariance _clean = new();

    // Of the image at hand: bounds of the clean value and of all values, and the worst deviation in any cell.
    private Tensor? _cleanLower, _cleanUpper, _lower, _upper, _worst;

    /// <summary>Starts an image with the bounds <c>[1, ...]</c> of its clean value.</summary>
    public void BeginImage(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        Replace(ref _cleanLower, lower[0].clone());
        Replace(ref _cleanUpper, upper[0].clone());
        _clean.Add(lower[0].Plus(upper[0]) / Scalars.Of(2));
    }

    /// <summary>Takes in the bounds <c>[B, ...]</c> over some cells.</summary>
    public void Add(Tensor lower, Tensor upper)
    {
        for (var cell = 0L; cell < lower.shape[0]; cell++)
        {
            using var scope = NewDisposeScope();
            Tensor low = lower[cell], high = upper[cell];
            var worst = (high - _cleanLower!).maximum(_cleanUpper! - low).Squared();
            _cells.Add(worst);
            Replace(ref _worst, _worst is null ? worst.clone() : _worst.maximum(worst));
            Replace(ref _lower, _lower is null ? low.clone() : _lower.minimum(low));
            Replace(ref _upper, _upper is null ? high.clone() : _upper.maximum(high));
        }
    }

    /// <summary>Closes the image at hand.</summary>
    public void EndImage()
    {
        using var scope = NewDisposeScope();
        var mean = _cells.Mean();
        var deviation = (average ? mean : _worst!) * Scalars.Of(Outward);
        Tensor up = _upper! - _cleanLower!, down = _cleanUpper! - _lower!;
        _bias.Add(where(up.ge(down), up, -down));
        _deviation.Add(deviation);

        // Values in [l, u] have a variance of (u − l)² / 4 at most (Popoviciu, 1935), and never more than the deviation.
        _variance.Add(((_upper! - _lower!).Squared() / Scalars.Of(4) * Scalars.Of(Outward)).minimum(deviation));
        DisposeImage();
    }

    public LayerUsn ToLayer()
    {
        using var scope = NewDisposeScope();
        var deviation = _deviation.Mean();
        return new LayerUsn(
            node, Owned(_bias.Mean()), Owned(deviation.clone()), Owned(_variance.Mean()), Owned(_clean.Variance()), Owned(deviation))
        {
            IsUpperBound = true,
        };

        static Tensor Owned(Tensor values) => values.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (var sum in new IDisposable[] { _bias, _deviation, _variance, _cells, _clean })
            sum.Dispose();
        DisposeImage();
    }

    private void DisposeImage()
    {
        foreach (var tensor in new[] { _cleanLower, _cleanUpper, _lower, _upper, _worst })
            tensor?.Dispose();
        (_cleanLower, _cleanUpper, _lower, _upper, _worst) = (null, null, null, null, null);
    }

    private static void Replace(ref Tensor? old, Tensor value)
    {
        old?.Dispose();
        old = value.DetachFromDisposeScope();
    }
}
