using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Noise symbols of a batch of zonotopes, with their generators in one node's values. Every symbol belongs to one box of the batch; the
/// symbols of one block are in the order of their boxes. How the generators are stored is what makes a domain fast. Immutable; the
/// result of an operation belongs to the caller.
/// </summary>
internal abstract class NoiseSymbols : IDisposable
{
    /// <summary>The number of symbols, over all boxes.</summary>
    public abstract long Count { get; }

    /// <summary>The generators under the linear part of a node.</summary>
    public abstract NoiseSymbols Linear(AffineNode node);

    /// <summary>The generators times a slope for each value, <c>[B, ...]</c>.</summary>
    public abstract NoiseSymbols Scale(Tensor slope);

    /// <summary>Adds the absolute values of all generators to a radius <c>[B, ...]</c>, in place.</summary>
    public abstract void AddAbsoluteTo(Tensor radius);

    /// <summary>Moves the tensors out of the current dispose scope.</summary>
    public abstract NoiseSymbols MoveOut();

    public abstract void Dispose();
}
