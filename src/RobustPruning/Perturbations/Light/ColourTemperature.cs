using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Colour temperature: each channel times its gain, <c>x_c g_c(θ)</c>, where the gains run along a curve: straight lines between knots, 1
/// at θ = 0. Affine in θ between two knots; over a box that holds a knot its enclosure leaves a radius at each value.
/// </summary>
public sealed class ColourTemperature : ISemanticTransform, IDescribedTransform
{
    private const long Roundings = 32;

    private readonly double[] _shifts;
    private readonly double[][] _gains;
    private readonly double _steepness;

    /// <summary>Creates the transform with a curve of one's own.</summary>
    /// <param name="lower">The least θ.</param>
    /// <param name="upper">The greatest θ.</param>
    /// <param name="shifts">
    /// θ at each knot: at least two, finite, each greater than the one before, 0 among them; they reach from lower to upper.
    /// </param>
    /// <param name="gains">For each knot the gain of each channel; positive and finite, 1 at θ = 0.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or the curve is not as described.</exception>
    public ColourTemperature(double lower, double upper, IReadOnlyList<double> shifts, IReadOnlyList<IReadOnlyList<double>> gains)
    {
        ArgumentNullException.ThrowIfNull(shifts);
        ArgumentNullException.ThrowIfNull(gains);
        Parameters = [new ParameterRange("colour temperature", lower, upper)];
        _shifts = [.. shifts];
        _gains = [.. gains.Select(knot => knot?.ToArray() ?? [])];
        RequireCurve(lower, upper);

        // A place between two knots that lie close together, far from 0, is known less well.
        _steepness = _shifts.Max(Math.Abs) / _shifts.Zip(_shifts.Skip(1), (from, to) => to - from).Min();
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

    /// <summary>θ at each knot of the curve.</summary>
    public IReadOnlyList<double> Shifts => _shifts;

    /// <summary>The gain of each channel at each knot.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Gains => _gains;

    /// <summary>
    /// Light of a black body instead of another one's, for images of three channels R, G, B: θ is the shift in mired, 10⁶ / T, above 0
    /// warmer. The knots are 10 mired apart.
    /// </summary>
    /// <param name="lower">The least shift in mired.</param>
    /// <param name="upper">The greatest shift in mired.</param>
    /// <param name="kelvin">The temperature of the light at θ = 0; with the shifts it stays in [1667, 25000] K.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or leads to a temperature out of its range.</exception>
    public static ColourTemperature OfBlackBody(double lower, double upper, double kelvin = 6500)
    {
        _ = new ParameterRange("colour temperature", lower, upper);
        foreach (var shift in (double[])[0, lower, upper])
        {
            if (BlackBody.Kelvin(kelvin, shift) is var reached && !BlackBody.Covers(reached))
                throw new ArgumentException(
                    $"A shift by {shift} mired from {kelvin} K is {reached} K, which is not in [{BlackBody.Coldest}, {BlackBody.Hottest}].",
                    nameof(kelvin));
        }

        const double Step = 10;
        double[] shifts =
        [
            .. Enumerable
                .Range(
                    (int)Math.Floor(Math.Min(lower, 0) / Step),
                    (int)(Math.Ceiling(Math.Max(upper, 0) / Step) - Math.Floor(Math.Min(lower, 0) / Step)) + 1)
                .Select(step => step * Step)
                .Where(shift => BlackBody.Covers(BlackBody.Kelvin(kelvin, shift)))
                .Concat([lower, upper, 0])
                .Distinct()
                .Order(),
        ];
        if (shifts.Length == 1)
            shifts = BlackBody.Covers(BlackBody.Kelvin(kelvin, Step)) ? [0, Step] : [-Step, 0];
        return new(lower, upper, shifts, [.. shifts.Select(shift => BlackBody.Gains(kelvin, shift))]);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The image has another number of channels, or θ has a wrong shape or leaves the curve.
    /// </exception>
    public Tensor Move(Tensor image, Tensor theta) => Moved(image, theta, image);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The images have another number of channels, or θ has a wrong shape or leaves the curve.
    /// </exception>
    public Tensor MoveEach(Tensor images, Tensor theta) => Moved(images, theta, images[0]);

    /// <inheritdoc/>
    /// <remarks>A gain lies about its chord over the box, no further off than its knots in the box.</remarks>
    /// <exception cref="ArgumentException">
    /// The image has another number of channels, or a box leaves the curve or has another dimension.
    /// </exception>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes)
    {
        using var scope = NewDisposeScope();
        Require(image);
        ParameterRows.Require(boxes, 1);
        var chords = boxes
            .Select(box => Enumerable.Range(0, Channels).Select(channel => Chord(box.Lower[0], box.Upper[0], channel)).ToArray())
            .ToList();
        Tensor centre = Channelwise(chord => chord.Centre),
            generator = Channelwise(chord => chord.Half),
            radius = Channelwise(chord => chord.Radius);
        var greatest = _gains.Max(knot => knot.Max()) + 1;
        return new EnclosedMove(
            centre, generator.unsqueeze(1), radius.max().item<double>() > 0 ? radius * Scalars.Of(1 + EnclosureError.Outward) : null)
        {
            Error = new(greatest * 4 * (1 + _steepness) * image.abs().max().to(float64).item<double>(), Roundings),
        }.MoveOut();

        Tensor Channelwise(Func<(double Centre, double Half, double Radius), double> number) =>
            tensor(
                chords.SelectMany(box => box.Select(number)).ToArray(),
                [boxes.Count, Channels, 1, 1],
                dtype: image.dtype,
                device: image.device) * image;
    }

    TransformDescription IDescribedTransform.Describe() => new ColourTemperatureDescription(_shifts, _gains);

    /// <summary>The number of channels.</summary>
    internal int Channels => _gains[0].Length;

    /// <summary>The gain of a channel less 1, by straight lines between the knots.</summary>
    internal double Change(double theta, int channel)
    {
        var knot = Math.Clamp(Array.FindLastIndex(_shifts, shift => shift <= theta), 0, _shifts.Length - 2);
        var share = (theta - _shifts[knot]) / (_shifts[knot + 1] - _shifts[knot]);
        return ((1 - share) * (_gains[knot][channel] - 1)) + (share * (_gains[knot + 1][channel] - 1));
    }

    private (double Centre, double Half, double Radius) Chord(double lower, double upper, int channel)
    {
        RequireOnCurve(lower);
        RequireOnCurve(upper);
        double low = Change(lower, channel), high = Change(upper, channel), least = 0.0, most = 0.0;
        foreach (var (shift, gain) in _shifts.Zip(_gains).Where(knot => lower < knot.First && knot.First < upper))
        {
            var gap = gain[channel] - 1 - (low + ((high - low) * ((shift - lower) / (upper - lower))));
            (least, most) = (Math.Min(least, gap), Math.Max(most, gap));
        }

        return ((low + high + least + most) / 2, (high - low) / 2, (most - least) / 2);
    }

    private Tensor Moved(Tensor values, Tensor theta, Tensor image)
    {
        ParameterRows.Require(theta, 1);
        Require(image);
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            if (theta.numel() > 0)
            {
                RequireOnCurve(theta.min().to(float64).item<double>());
                RequireOnCurve(theta.max().to(float64).item<double>());
            }
        }

        // A kink at each knot, to the right of 0 and to the left of it, so that nothing moves at 0.
        var zero = Array.IndexOf(_shifts, 0);
        var change = zeros([theta.shape[0], Channels], dtype: values.dtype, device: values.device);
        for (var knot = 0; knot < _shifts.Length; knot++)
        {
            if (knot >= zero && knot < _shifts.Length - 1)
                change = change.Plus(
                    (theta - Scalars.Of(_shifts[knot])).relu()
                        * Row(channel => Slope(knot, channel) - (knot > zero ? Slope(knot - 1, channel) : 0)));
            if (knot <= zero && knot > 0)
                change =
                    change
                    - (
                        (Scalars.Of(_shifts[knot]) - theta).relu()
                        * Row(channel => Slope(knot - 1, channel) - (knot < zero ? Slope(knot, channel) : 0)));
        }

        return (change.reshape(theta.shape[0], Channels, 1, 1) * values).MoveToOuterDisposeScope();

        Tensor Row(Func<int, double> number) =>
            tensor(Enumerable.Range(0, Channels).Select(number).ToArray(), [1, Channels], dtype: values.dtype, device: values.device);
    }

    private double Slope(int knot, int channel) =>
        (_gains[knot + 1][channel] - _gains[knot][channel]) / (_shifts[knot + 1] - _shifts[knot]);

    private void Require(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.dim() != 3 || image.shape[0] != Channels)
            throw new ArgumentException(
                $"The colour temperature is of images [{Channels}, H, W], but this one is [{string.Join(", ", image.shape)}].",
                nameof(image));
    }

    private void RequireOnCurve(double theta)
    {
        if (!(theta >= _shifts[0] && theta <= _shifts[^1]))
            throw new ArgumentException(
                $"The colour temperature shift {theta} is not on the curve, which reaches from {_shifts[0]} to {_shifts[^1]}.");
    }

    private void RequireCurve(double lower, double upper)
    {
        if (_shifts.Length < 2 || _gains.Length != _shifts.Length)
            throw new ArgumentException(
                $"A curve has two knots at least, and gains at each, but this one has {_shifts.Length} knots and {_gains.Length} rows of "
                + $"gains.",
                "gains");
        if (_shifts
                .Zip(_shifts.Skip(1))
                .FirstOrDefault(pair => !(pair.First < pair.Second && double.IsFinite(pair.Second - pair.First)), (0, 1))
                is var pair
            && pair != (0, 1))
            throw new ArgumentException($"The knots of a curve rise, but {pair.First} is followed by {pair.Second}.", "shifts");
        if (_gains.FirstOrDefault(knot => knot.Length == 0 || knot.Length != _gains[0].Length) is { } odd)
            throw new ArgumentException(
                $"All knots have gains of the same channels, but one has {odd.Length} and the first {_gains[0].Length}.",
                "gains");
        if (_gains.SelectMany(knot => knot).FirstOrDefault(gain => !(gain > 0 && double.IsFinite(gain)), 1) is not 1 and var wrong)
            throw new ArgumentException($"The gain {wrong} is not positive and finite.", "gains");
        if (Array.IndexOf(_shifts, 0) is var zero && (zero < 0 || _gains[zero].Any(gain => gain != 1)))
            throw new ArgumentException("A curve has a knot at 0, and all gains are 1 there: no shift is no change.", "shifts");
        RequireOnCurve(lower);
        RequireOnCurve(upper);
    }
}
