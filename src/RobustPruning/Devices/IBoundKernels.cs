using static TorchSharp.torch;

namespace RobustPruning.Devices;

/// <summary>
/// The steps of bound propagation that are elementwise or scattered, on the windows of noise symbols: what a device can do in one pass.
/// Tensors are contiguous where nothing else is said, and of one device; windows are <c>[N, h, w, C]</c>, maps <c>[B, H, W, C]</c> for B boxes. Parts of a window
/// outside its map are zero and count for nothing. Implement it to plug in a device.
/// </summary>
internal interface IBoundKernels
{
    /// <summary>The kernels' name, for reports.</summary>
    string Name { get; }

    /// <summary>Adds the absolute value of every window entry to its place in a map.</summary>
    /// <param name="windows"><c>[N, h, w, C]</c>.</param>
    /// <param name="places">Where each window lies.</param>
    /// <param name="sum"><c>[B, H, W, C]</c>, changed in place.</param>
    void AddAbsoluteWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor sum);

    /// <summary>Multiplies every window entry by the slope at its place in a map.</summary>
    /// <param name="windows"><c>[N, h, w, C]</c>.</param>
    /// <param name="places">Where each window lies.</param>
    /// <param name="slope"><c>[B, H, W, C]</c>.</param>
    /// <returns><c>[N, h, w, C]</c>; the caller owns it.</returns>
    Tensor ScaleWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor slope);

    /// <summary>Sets the entries outside the map to zero, in place.</summary>
    /// <param name="windows"><c>[N, h, w, C]</c>.</param>
    /// <param name="places">Where each window lies.</param>
    /// <param name="height">The map's height H.</param>
    /// <param name="width">The map's width W.</param>
    void ClearOutside(Tensor windows, ReadOnlySpan<WindowPlace> places, int height, int width);

    /// <summary>
    /// Convolves windows: adds the product of every window entry inside the map with the weights of each tap of the kernel to the places
    /// of the outputs that read it. The products of one tap are summed before the taps are: so a sum errs by no more than its channels and taps
    /// explain, not by their product.
    /// </summary>
    /// <param name="windows"><c>[N, h, w, C]</c>.</param>
    /// <param name="places">Where each window lies, in the order of boxes.</param>
    /// <param name="active">Zero where all windows are zero for sure, <c>[B, H, W, C]</c>; null if nothing is known.</param>
    /// <param name="weights"><c>[kH, kW, C, F]</c>.</param>
    /// <param name="shape">How the kernel slides.</param>
    /// <param name="result"><c>[N, h', w', F]</c>, zero, large enough for all outputs inside the new map; changed in place.</param>
    /// <param name="newPlaces">Where each new window lies in the new map.</param>
    void Convolve(
        Tensor windows, WindowPlace[] places, Tensor? active, Tensor weights, ConvolutionShape shape, Tensor result, WindowPlace[] newPlaces);

    /// <summary>
    /// Relaxes a ReLU, with what rounding may lose in this step: of centre, generators and 64-bit symbols added to the error, of symbols with
    /// fewer digits to the remainder.
    /// </summary>
    /// <param name="zonotope">The values before the ReLU.</param>
    /// <param name="type">The type of the symbols' numbers.</param>
    /// <param name="underflow">What products of symbols and slopes may lose below the least normal number, summed over the symbols.</param>
    ReluRelaxation RelaxRelu(OutwardZonotope zonotope, ScalarType type, double underflow);

    /// <summary>
    /// The Euclidean norm of what rounding may add to each value as the input of an affine layer, <c>own·(|c| + Σ|G|) + symbols·Σ|E|</c>: 64-bit,
    /// rounded up, <c>[B]</c>.
    /// </summary>
    /// <param name="zonotope">The values.</param>
    /// <param name="own">The relative error of the layer's sums in 64 bits.</param>
    /// <param name="symbols">The relative error of the layer's sums in the symbols' type.</param>
    Tensor Uncertainty(OutwardZonotope zonotope, double own, double symbols);
}
