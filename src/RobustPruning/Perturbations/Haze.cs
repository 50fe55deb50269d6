using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>Haze: <c>(1 − t)x + tA</c>, a blend with the airlight A. t = 0 is clear air, t = 1 shows the airlight alone.</summary>
public sealed class Haze : AffineTransform, IDescribedTransform
{
    private readonly double[] _airlight;

    /// <summary>Creates the transform.</summary>
    /// <param name="lower">The least t.</param>
    /// <param name="upper">The greatest t.</param>
    /// <param name="airlight">A in [0, 1]: one value for all channels, or one a channel. White, 1, if none is given.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or an airlight is not in [0, 1].</exception>
    public Haze(double lower, double upper, params IReadOnlyList<double> airlight)
        : base(new ParameterRange("haze", lower, upper))
    {
        ArgumentNullException.ThrowIfNull(airlight);
        foreach (var value in airlight)
        {
            if (!(value >= 0 && value <= 1))
                throw new ArgumentException($"The airlight {value} is not in [0, 1].", nameof(airlight));
        }

        _airlight = airlight.Count == 0 ? [1] : [.. airlight];
    }

    /// <summary>The airlight A: one value for all channels, or one a channel.</summary>
    public IReadOnlyList<double> Airlight => _airlight;

    /// <inheritdoc/>
    public override LinearPart LinearPart => new(-1);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The airlight is given for another number of channels than the image has.</exception>
    public override Tensor Directions(Tensor image)
    {
        if (_airlight.Length > 1 && _airlight.Length != image.shape[0])
            throw new ArgumentException(
                $"The airlight has {_airlight.Length} channels, but the image has {image.shape[0]}.",
                nameof(image));
        using var scope = NewDisposeScope();
        var airlight = tensor(
            _airlight,
            [_airlight.Length, .. image.shape.Skip(1).Select(_ => 1L)],
            dtype: image.dtype,
            device: image.device);
        return (airlight - image).unsqueeze(0).MoveToOuterDisposeScope();
    }

    internal override long Terms(long values) => 1;

    TransformDescription IDescribedTransform.Describe() => new HazeDescription(_airlight);
}
