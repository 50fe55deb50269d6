using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// What follows from a layer's weights: other types of numbers, absolute values, other orders. A frozen layer keeps it, so that it is made
/// once; otherwise it belongs to the dispose scope it is asked for in. Thread-safe.
/// </summary>
internal sealed class DerivedWeights : IDisposable
{
    private readonly Dictionary<string, Tensor> _kept = [];

    /// <summary>The tensor of that name; made if it is not kept, and kept from then on if wanted.</summary>
    public Tensor Get(string name, bool keep, Func<Tensor> make)
    {
        lock (_kept)
        {
            if (_kept.TryGetValue(name, out var kept))
                return kept;
            if (!keep)
                return make();
            Keep(name, make());
            return _kept[name];
        }
    }

    /// <summary>The tensor of that name if it is kept.</summary>
    public Tensor? Find(string name)
    {
        lock (_kept)
            return _kept.GetValueOrDefault(name);
    }

    /// <summary>Takes over a tensor.</summary>
    public void Keep(string name, Tensor values) => _kept[name] = values.DetachFromDisposeScope();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_kept)
        {
            foreach (var values in _kept.Values)
                values.Dispose();
            _kept.Clear();
        }
    }
}
