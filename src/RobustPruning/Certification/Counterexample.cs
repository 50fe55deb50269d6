using System.Globalization;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>A parameter value, and noise if the set has any, that break a claim, as a plain forward pass of the network shows.</summary>
/// <param name="Theta">The parameter values, in the set's order.</param>
/// <param name="Output">The network's output there, flattened, or the keypoints <c>[2K]</c> that were decoded from it.</param>
/// <param name="Violation">
/// By how much the claim is broken, above zero: pixels beyond the tolerance, A y − b, or how deep inside a region to avoid, each row scaled
/// by a power of two so that its greatest weight is from 1 to 2.
/// </param>
/// <param name="Noise">What noise adds to each value of the input, in row-major order; null for nothing.</param>
public sealed record Counterexample(
    IReadOnlyList<double> Theta, IReadOnlyList<double> Output, double Violation, IReadOnlyList<double>? Noise = null)
{
    /// <summary>
    /// Whether a tie breaks it: two cells of a heatmap are as great as 32-bit evaluation can tell, and which of them is the keypoint is
    /// left to rounding.
    /// </summary>
    public bool IsTie { get; init; }

    /// <summary>The input that breaks the claim.</summary>
    /// <param name="set">The set of the certificate.</param>
    /// <param name="image">The clean image that the certificate is about.</param>
    /// <returns><c>[1, C, H, W]</c>, or another shape behind a batch of one, in the image's type; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The image does not fit the set, or has another number of values than the noise.</exception>
    public Tensor Input(SemanticSet set, Tensor image)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(image);
        if (Noise is not null && Noise.Count != image.numel())
            throw new ArgumentException($"The noise is of {Noise.Count} values, but the image has {image.numel()}.", nameof(image));
        return set.ApplyOne(image, Theta, Noise);
    }

    /// <summary>
    /// For example <c>θ = (0.1, -0.02), broken by 0.31</c>, with <c>with noise</c> or <c>a tie</c> where these are behind it.
    /// </summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"θ = ({string.Join(", ", Theta.Select(value => value.ToString("g4", CultureInfo.InvariantCulture)))}){(Noise is null ? string.Empty : " with noise")}, broken by {Violation:g3}{(IsTie ? ", a tie" : string.Empty)}");
}
