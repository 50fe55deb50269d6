using static TorchSharp.torch;

namespace RobustPruning.Devices;

/// <summary>
/// What a ReLU makes of zonotopes, rounded outwards: <c>max(z, 0)</c> lies in <c>slope·z + size ± size</c> for every z in [lower, upper].
/// The caller owns the tensors.
/// </summary>
/// <param name="Lower">The lower limits before the ReLU, 64 bit, <c>[B, ...]</c>.</param>
/// <param name="Upper">The upper limits before the ReLU, 64 bit, <c>[B, ...]</c>.</param>
/// <param name="Slope">The slopes, in the symbols' type, <c>[B, ...]</c>.</param>
/// <param name="Size">The errors, in the symbols' type, <c>[B, ...]</c>; zero where the ReLU is stable.</param>
/// <param name="Centre">The new centre, 64 bit, <c>[B, ...]</c>.</param>
/// <param name="Generators">The new generators, 64 bit, <c>[B, g, ...]</c>.</param>
/// <param name="Remainder">The new remainder, 64 bit, <c>[B, ...]</c>; null if there was none and no symbols of fewer than 64 bits.</param>
/// <param name="SymbolRadius">
/// No less than the sum of the new symbols' absolute values, those of size <paramref name="Size"/> included, 64 bit, <c>[B, ...]</c>.
/// </param>
/// <param name="Error">The Euclidean norm of what the new values may be off by, what this step rounds included, 64 bit, <c>[B]</c>.</param>
internal sealed record ReluRelaxation(
    Tensor Lower, Tensor Upper, Tensor Slope, Tensor Size, Tensor Centre, Tensor Generators, Tensor? Remainder, Tensor SymbolRadius,
    Tensor Error);
