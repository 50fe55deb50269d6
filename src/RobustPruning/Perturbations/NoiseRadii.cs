using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>How far noise may move each value of an image: one radius for all, or one each, in row-major order. Immutable.</summary>
internal sealed class NoiseRadii
{
    private readonly double[] _radii;

    private NoiseRadii(double[] radii) => _radii = radii;

    /// <summary>No noise.</summary>
    public static NoiseRadii None { get; } = new([0]);

    /// <summary>The greatest radius; 0 for no noise.</summary>
    public double Greatest => _radii.Max();

    /// <summary>The radius of each value; null where all have the same.</summary>
    public IReadOnlyList<double>? Each => _radii.Length > 1 ? _radii : null;

    /// <summary>One radius for all values.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="radius"/> is negative or not finite.</exception>
    public static NoiseRadii Of(double radius) => radius >= 0 && double.IsFinite(radius)
        ? new([radius])
        : throw new ArgumentOutOfRangeException(nameof(radius), radius, "The radius of noise is finite and not negative.");

    /// <summary>A radius for each value; with them, only images of so many values are changed.</summary>
    /// <exception cref="ArgumentException">There is no radius, or one is negative or not finite.</exception>
    public static NoiseRadii Of(IReadOnlyList<double> radii) =>
        radii.Count > 0 && radii.All(radius => radius >= 0 && double.IsFinite(radius))
            ? new([.. radii])
            : throw new ArgumentException("The radii of noise are finite and not negative, at least one.", nameof(radii));

    /// <summary>The radius of each value of an image, as a tensor that broadcasts to it, in its type; the caller owns it.</summary>
    public Tensor Like(Tensor image) => tensor(_radii, _radii.Length == 1 ? [1] : image.shape, dtype: image.dtype, device: image.device);

    /// <summary>The radius of each value of an image of so many; none where there is no noise.</summary>
    public double[] For(long values) => Greatest == 0 ? [] : Each?.ToArray() ?? [.. Enumerable.Repeat(Greatest, (int)values)];

    /// <summary>Refuses an image of another number of values than there are radii.</summary>
    /// <exception cref="ArgumentException">The numbers differ.</exception>
    public void Require(Tensor image, long values)
    {
        if (_radii.Length > 1 && _radii.Length != values)
            throw new ArgumentException($"The noise is of {_radii.Length} values, but the image has {values}.", nameof(image));
    }
}
