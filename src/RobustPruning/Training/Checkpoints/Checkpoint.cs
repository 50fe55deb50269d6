using RobustPruning.Graphs;

namespace RobustPruning.Training;

/// <summary>Where a run stands after an epoch. It owns its networks.</summary>
/// <param name="State">Numbers and results.</param>
/// <param name="Current">The network in training.</param>
/// <param name="Accepted">The network after the last accepted round, or null if there is none before this round.</param>
/// <param name="Optimizer">What the optimizer remembers, as it writes itself.</param>
internal sealed record Checkpoint(CheckpointState State, GraphModule Current, GraphModule? Accepted, byte[] Optimizer) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Current.Dispose();
        Accepted?.Dispose();
    }
}
