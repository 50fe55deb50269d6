using System.Globalization;
using MathNet.Numerics.Distributions;

namespace RobustPruning.Usn;

/// <summary>A channel's number as it was sampled, and how sure it is.</summary>
/// <param name="Value">The mean over images, positions and θ.</param>
/// <param name="ImageError">
/// The standard error of the value for the images that might have been given as well, from how it differs between those that were; what
/// the drawn θ add is in it. NaN with one image.
/// </param>
/// <param name="SamplingError">
/// The standard error of the value for these very images, from how it differs between two independent parts of the θ drawn for each; with
/// few images it is itself a rough guess. NaN if θ was not drawn.
/// </param>
public sealed record UsnEstimate(double Value, double ImageError, double SamplingError)
{
    /// <summary>
    /// The value plus and minus what the normal distribution allows the <see cref="ImageError"/>, or with one image the
    /// <see cref="SamplingError"/>; NaN without either. It leans on many images being given.
    /// </summary>
    /// <param name="confidence">In (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="confidence"/> is not in (0, 1).</exception>
    public (double Lower, double Upper) Interval(double confidence = 0.95)
    {
        if (!(confidence > 0 && confidence < 1))
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "The confidence must be between 0 and 1.");
        var reach = Normal.InvCDF(0, 1, (1 + confidence) / 2) * (double.IsNaN(ImageError) ? SamplingError : ImageError);
        return (Value - reach, Value + reach);
    }

    /// <summary>For example <c>0.0123 (standard error 0.0004 over images, 0.0001 over θ)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Value:g3} (standard error {ImageError:g2} over images, {SamplingError:g2} over θ)");
}
