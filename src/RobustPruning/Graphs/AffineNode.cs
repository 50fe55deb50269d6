using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// A node that is an affine map <c>x ↦ W x + b</c> in evaluation mode: convolution, linear, batch normalisation with its running
/// statistics, rescaling, average and adaptive average pooling, flatten, rearrangement. Bounds need three forms of it, each on a batch
/// <c>[B, ...]</c> and differentiable in the weights.
/// </summary>
public abstract class AffineNode : GraphNode
{
    private const string ShiftErrorName = "shift error";

    private readonly DerivedWeights _derived = new();
    private readonly CachedNorms _norms = new();

    private protected AffineNode(NodeDescription description, GraphNode input, IReadOnlyList<long> shape, nn.Module? module)
        : base(description, [input], shape, module)
    {
    }

    /// <summary>The one node this node reads.</summary>
    public GraphNode Input => Inputs[0];

    /// <summary><c>W x + b</c>, with batch normalisation as in evaluation mode.</summary>
    /// <param name="x">A batch of this node's input, <c>[B, ...]</c>.</param>
    /// <returns>A batch of this node's value; the caller owns it.</returns>
    public abstract Tensor Affine(Tensor x);

    /// <summary><c>W x</c>: what happens to a generator.</summary>
    /// <param name="x">A batch of generators in this node's input, <c>[B, ...]</c>.</param>
    /// <returns>A batch of generators in this node's value; the caller owns it.</returns>
    public abstract Tensor Linear(Tensor x);

    /// <summary><c>|W| x</c>: what happens to a radius.</summary>
    /// <param name="x">A batch of radii of this node's input, <c>[B, ...]</c>, non-negative.</param>
    /// <returns>A batch of radii of this node's value; the caller owns it.</returns>
    public abstract Tensor Absolute(Tensor x);

    /// <summary>
    /// How far rounding may move what <see cref="Affine"/>, <see cref="Linear"/> and <see cref="Absolute"/> compute in 64-bit numbers, for
    /// domains of one's own: with n the terms of a value's sum, <c>γ = n·u / (1 − n·u)</c> and u = 2⁻⁵³, <c>γ (|W| m + |b|) + e</c>, where
    /// e is how far the 64-bit b may be from the real one. With a centre c, a radius r ≥ 0 and m ≥ |c| + r, every real <c>W x + b</c> with
    /// |x − c| ≤ r is within <c>Absolute(r) + RoundingError(m)</c> of <c>Affine(c)</c>; the sums and differences of these numbers are the
    /// caller's to round outwards.
    /// </summary>
    /// <param name="magnitude">m, a batch <c>[B, ...]</c> of 64-bit numbers that no absolute value of this node's input exceeds.</param>
    /// <returns>64-bit numbers <c>[B, ...]</c>, not negative; 0 where values are only moved. The caller owns them.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="magnitude"/> has another type: libtorch's 32-bit sums are not plain ones.
    /// </exception>
    public Tensor RoundingError(Tensor magnitude)
    {
        ArgumentNullException.ThrowIfNull(magnitude);
        if (magnitude.dtype != float64)
            throw new ArgumentException($"The magnitude is {magnitude.dtype}; rounding is known of 64-bit numbers.", nameof(magnitude));
        using var scope = NewDisposeScope();
        var reached = Absolute(magnitude);
        if (Terms == 0)
            return zeros_like(reached).MoveToOuterDisposeScope();
        if (Shift(magnitude) is { } shift)
            reached = reached.Plus(shift.abs());
        var error = (reached * Scalars.Of(Loss(float64))).Plus(Scalars.Of(Terms * Rounding.Underflow(float64)));
        return (ShiftError is { } stated ? error.Plus(stated) : error).MoveToOuterDisposeScope();
    }

    /// <summary>γ of a sum, with room for the roundings of folded weights and of the error's own computation.</summary>
    internal double Loss(ScalarType type) => Rounding.Gamma(Terms + 10, Rounding.Epsilon(type));

    /// <summary>How many products and shifts are summed to one value, for the error of rounding; 0 if values are only moved.</summary>
    internal abstract long Terms { get; }

    /// <summary>
    /// b, in the type of <paramref name="like"/> and shaped to be added to a batch <c>[B, ...]</c>; null if there is none.
    /// </summary>
    internal virtual Tensor? Shift(Tensor like) => null;

    /// <summary>How far the 64-bit b may be from the true one, shaped like b; null if it is the true one.</summary>
    internal virtual Tensor? ShiftError => _derived.Find(ShiftErrorName);

    /// <summary>No less than <c>‖W‖₂</c>: by how much the layer may stretch a change of its input, in the Euclidean norm.</summary>
    internal double Norm => _norms.Of(this, IsFrozen ? null : ChangingWeight).Norm;

    /// <summary>No less than <c>‖|W|‖₂</c>, the same for the absolute values of the weights.</summary>
    internal double AbsoluteNorm => _norms.Of(this, IsFrozen ? null : ChangingWeight).Absolute;

    /// <summary>What the norms depend on; null if they never change.</summary>
    private protected virtual Tensor? ChangingWeight => null;

    /// <summary>
    /// Replaces the 64-bit weight and b, which else are the module's: folded ones have more digits than the module holds.
    /// </summary>
    internal void KeepExact(Tensor weight, Tensor bias, Tensor shiftError)
    {
        _derived.Keep($"weight as {ScalarType.Float64}", weight);
        _derived.Keep($"bias as {ScalarType.Float64}", bias);
        _derived.Keep(ShiftErrorName, shiftError);
    }

    internal override void ReleaseCache() => _derived.Dispose();

    /// <summary>What <paramref name="make"/> makes of the weights; a frozen node keeps it.</summary>
    private protected Tensor Derived(string name, Func<Tensor> make) => _derived.Get(name, IsFrozen, make);

    /// <summary>A weight in the type of <paramref name="like"/>.</summary>
    private protected Tensor Matching(string name, Tensor weight, Tensor like) =>
        weight.dtype == like.dtype ? weight : Derived($"{name} as {like.dtype}", () => weight.to(like.dtype));

    /// <summary>The absolute value of a weight, in the type of <paramref name="like"/>.</summary>
    private protected Tensor Magnitude(string name, Tensor weight, Tensor like) =>
        Derived($"|{name}| as {like.dtype}", () => Matching(name, weight, like).abs());
}
