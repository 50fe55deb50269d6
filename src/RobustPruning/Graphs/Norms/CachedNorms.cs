using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// The norms of one affine layer, computed when they are first asked for and kept for as long as the weights stay what they are: of a layer
/// that is not frozen they are compared each time, which costs little beside the layer itself. Thread-safe.
/// </summary>
internal sealed class CachedNorms
{
    private readonly Lock _gate = new();
    private byte[] _weights = [];
    private (double Norm, double Absolute)? _norms;

    /// <summary>No less than <c>‖W‖₂</c> and <c>‖|W|‖₂</c>.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="weight">What the norms depend on, if it may change; else null.</param>
    public (double Norm, double Absolute) Of(AffineNode node, Tensor? weight)
    {
        lock (_gate)
        {
            using var scope = NewDisposeScope();
            var live = weight?.detach().cpu().contiguous();
            if (_norms is { } kept && (live is null || live.bytes.SequenceEqual(_weights)))
                return kept;
            var norms = (OperatorNorm.Of(node, NormEffort.Quick), OperatorNorm.OfAbsolute(node));
            (_norms, _weights) = (norms, live is null ? [] : live.bytes.ToArray());
            return norms;
        }
    }
}
