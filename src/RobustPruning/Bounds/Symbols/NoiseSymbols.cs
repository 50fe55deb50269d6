using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// Noise symbols of a batch of zonotopes, with their generators in one node's values. Every symbol belongs to one box of the batch; the
/// symbols of one block are in the order of their boxes. How the generators are stored is what makes a domain fast. Immutable; the
/// result of an operation belongs to the caller.
/// </summary>
/// <param name="set">Which symbols the rows stand for.</param>
internal abstract class NoiseSymbols(SymbolSet set) : IDisposable
{
    /// <summary>Which symbols the rows stand for.</summary>
    public SymbolSet Set => set;

    /// <summary>The number of symbols, over all boxes.</summary>
    public long Count => set.Count;

    /// <summary>The generators under the linear part of a node.</summary>
    public abstract NoiseSymbols Linear(AffineNode node);

    /// <summary>How many rounded products and sums lie behind a generator's value under a node, one after the other.</summary>
    public virtual long Terms(AffineNode node) => node.Terms;

    /// <summary>The generators times a slope for each value, <c>[B, ...]</c>.</summary>
    public abstract NoiseSymbols Scale(Tensor slope);

    /// <summary>Adds the absolute values of all generators to a radius <c>[B, ...]</c>, in place.</summary>
    public abstract void AddAbsoluteTo(Tensor radius);

    /// <summary>How much each symbol moves all values together: the sums of its generator's absolute values, <c>[N]</c>.</summary>
    public abstract Tensor Sizes();

    /// <summary>Some of the symbols.</summary>
    /// <param name="rows">Their rows, ascending; at least one.</param>
    public abstract NoiseSymbols Select(int[] rows);

    /// <summary>The same symbols in a value that holds this one from a channel on, and zero elsewhere.</summary>
    /// <param name="channel">The first channel.</param>
    /// <param name="shape">The shape of the whole value, <c>[C, H, W]</c> or <c>[F]</c>.</param>
    public abstract NoiseSymbols Place(long channel, IReadOnlyList<long> shape);

    /// <summary>This block plus another of the same symbols, kept small; null where only dense generators will do.</summary>
    public abstract NoiseSymbols? TryAdd(NoiseSymbols other);

    /// <summary>The generators in full: <c>[N, ...]</c>.</summary>
    /// <param name="shape">The shape of one box's values.</param>
    public abstract Tensor Generators(IReadOnlyList<long> shape);

    /// <summary>Moves the tensors out of the current dispose scope.</summary>
    public abstract NoiseSymbols MoveOut();

    public abstract void Dispose();

    /// <summary>Rows as an index for tensors.</summary>
    protected static Tensor Index(int[] rows, Device device) => tensor(Array.ConvertAll(rows, row => (long)row), device: device);
}
