using static TorchSharp.torch;

namespace RobustPruning.Devices;

/// <summary>The part of a batch of zonotopes that has a value for every neuron, with 64-bit numbers. It owns nothing.</summary>
/// <param name="Centre">c, <c>[B, ...]</c>, contiguous.</param>
/// <param name="Generators">G, <c>[B, g, ...]</c>; contiguous within a box.</param>
/// <param name="Remainder">r ≥ 0, <c>[B, ...]</c>, contiguous; null if there is none.</param>
/// <param name="SymbolRadius">
/// No less than the sum of the noise symbols' absolute values, <c>[B, ...]</c>, contiguous; null if there are none.
/// </param>
/// <param name="Error">ρ ≥ 0, <c>[B]</c>, contiguous: the values may be off by a vector of this Euclidean norm, by rounding.</param>
internal sealed record OutwardZonotope(Tensor Centre, Tensor Generators, Tensor? Remainder, Tensor? SymbolRadius, Tensor Error);
