using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// What may change about an image: transforms with parameter ranges, sensor noise, and what the camera does with the values. Transforms
/// given together add up their moves from the same image, <c>x + Σ_k θ_k D_k(x)</c>: contrast first and brightness after it,
/// <c>p + (1 + c)(x − p) + b</c>. Those added by <see cref="Then"/> move what the ones before them made. Then come noise, clip and
/// rounding. Immutable and thread-safe.
/// </summary>
/// <example>
/// <code>
/// var light = SemanticSet.Of(new GammaCorrection(-0.1, 0.1))
///     .Then(new Contrast(-0.05, 0.05), new Brightness(-0.05, 0.05))
///     .WithNoise(1 / 255.0);
/// </code>
/// </example>
public sealed class SemanticSet
{
    private const int MostSidesForUniform = 12;

    private readonly FirstStage _first;
    private readonly LaterStage[] _later;

    private SemanticSet(FirstStage first, LaterStage[] later, ParameterBox box, bool clip, NoiseRadii noise, bool eightBitRounding)
    {
        (_first, _later, Box, Clip, NoiseRadii, EightBitRounding) = (first, later, box, clip, noise, eightBitRounding);
        Transforms = [.. Stages.SelectMany(stage => stage)];
    }

    /// <summary>The transforms of all stages, in order. Their ranges are those they were made with: see <see cref="Parameters"/>.</summary>
    public IReadOnlyList<ISemanticTransform> Transforms { get; }

    /// <summary>All parameters of all transforms, in order, with the ranges of this set.</summary>
    public IEnumerable<ParameterRange> Parameters => Transforms.SelectMany(transform => transform.Parameters)
        .Select((range, k) => new ParameterRange(range.Name, Box.Lower[k], Box.Upper[k]));

    /// <summary>The box that the ranges span.</summary>
    public ParameterBox Box { get; }

    /// <summary>The number of parameters d.</summary>
    public int Dimension => Box.Dimension;

    /// <summary>Whether values are clipped to [0, 1], as a camera saturates. True unless <see cref="WithoutClip"/> was called.</summary>
    public bool Clip { get; }

    /// <summary>
    /// How far noise may move a value, whatever it does to the others, before the clip; the greatest radius where an <see cref="InputBox"/>
    /// has one for each. 0 unless <see cref="WithNoise(double)"/> was called.
    /// </summary>
    public double Noise => NoiseRadii.Greatest;

    /// <summary>
    /// Whether values are rounded to multiples of 1/255 after the clip. False unless <see cref="WithEightBitRounding"/> was called.
    /// </summary>
    public bool EightBitRounding { get; }

    /// <summary>The set of all images that the transforms reach, clipped to [0, 1].</summary>
    /// <param name="transforms">At least one.</param>
    /// <exception cref="ArgumentException">There is no transform.</exception>
    public static SemanticSet Of(params IReadOnlyList<ISemanticTransform> transforms)
    {
        RequireSome(transforms);
        return new(new FirstStage([.. transforms]), [], BoxOf(transforms), clip: true, NoiseRadii.None, eightBitRounding: false);
    }

    /// <summary>The same set, followed by transforms of its images before noise and clip: <c>x' = x + Σ_k θ_k D_k(x)</c>.</summary>
    /// <param name="transforms">At least one; each with a <see cref="AffineTransform.LinearPart"/>, as all of this library have.</param>
    /// <exception cref="ArgumentException">
    /// There is no transform, or the linear part of one is unknown or for another number of parameters.
    /// </exception>
    public SemanticSet Then(params IReadOnlyList<AffineTransform> transforms)
    {
        RequireSome(transforms);
        foreach (var transform in transforms)
        {
            if (transform.LinearPart is not { } part)
                throw new ArgumentException(
                    $"{transform.GetType().Name} does not say how its directions change with the image (LinearPart): it cannot follow "
                    + $"other transforms.",
                    nameof(transforms));
            if (part.Gains.Count != transform.Parameters.Count)
                throw new ArgumentException(
                    $"{transform.GetType().Name} has {transform.Parameters.Count} parameters, but its linear part has {part.Gains.Count}.",
                    nameof(transforms));
        }

        var added = BoxOf(transforms);
        var box = new ParameterBox([.. Box.Lower, .. added.Lower], [.. Box.Upper, .. added.Upper]);
        return new(_first, [.. _later, new LaterStage([.. transforms], Dimension)], box, Clip, NoiseRadii, EightBitRounding);
    }

    /// <summary>The same set for a camera that does not saturate.</summary>
    public SemanticSet WithoutClip() => new(_first, _later, Box, clip: false, NoiseRadii, EightBitRounding);

    /// <summary>The same set with noise of the sensor: each value moves by up to <paramref name="radius"/>, before the clip.</summary>
    /// <param name="radius">
    /// The greatest move, in units of the full range of [0, 1]; finite and not negative. It replaces an earlier one.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="radius"/> is negative or not finite.</exception>
    public SemanticSet WithNoise(double radius) => WithNoise(NoiseRadii.Of(radius));

    /// <summary>The same set with other noise.</summary>
    internal SemanticSet WithNoise(NoiseRadii radii) => new(_first, _later, Box, Clip, radii, EightBitRounding);

    /// <summary>The same set for a camera that stores 8 bits a value: after the clip it rounds to the nearest multiple of 1/255.</summary>
    public SemanticSet WithEightBitRounding() => new(_first, _later, Box, Clip, NoiseRadii, eightBitRounding: true);

    /// <summary>The same set with every range scaled about 0, which is no change. Noise and rounding stay as they are.</summary>
    /// <param name="factor">The factor, in (0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="factor"/> is not in (0, 1].</exception>
    public SemanticSet Scaled(double factor) => factor > 0 && factor <= 1
        ? WithLimits(new([.. Box.Lower.Select(lower => lower * factor)], [.. Box.Upper.Select(upper => upper * factor)]))
        : throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor is in (0, 1].");

    /// <summary>
    /// Whether any θ of the box is meant; of a convex hull only weights with a sum up to 1 are. What is not need not be certified.
    /// </summary>
    /// <param name="box">A box of dimension d.</param>
    /// <exception cref="ArgumentException">The box has another dimension.</exception>
    public bool IsAdmissible(ParameterBox box)
    {
        ParameterRows.Require([box], Dimension);
        return Placed().All(part => part.Transform.IsAdmissible(box.Part(part.First, part.Transform.Parameters.Count)));
    }

    /// <summary>A θ that is meant, near the given one, and the same values if it is; see <see cref="IsAdmissible"/>.</summary>
    /// <param name="theta">The parameter values, of length d; not changed.</param>
    /// <exception cref="ArgumentException">θ has another length.</exception>
    public double[] Project(double[] theta)
    {
        RequireLength(theta);
        return [.. Placed().SelectMany(part => part.Transform.Project(theta[part.First..(part.First + part.Transform.Parameters.Count)]))];
    }

    /// <summary>
    /// Applies parameters to one image. Differentiable in the image and in θ; rounding passes gradients on as if it were not there.
    /// </summary>
    /// <param name="image">The clean image x₀, <c>[C, H, W]</c> or any other shape that all transforms take; in [0, 1] with a clip.</param>
    /// <param name="theta">One θ a row, <c>[N, d]</c>, of the image's type.</param>
    /// <param name="noise">
    /// What noise adds to each image, <c>[N, C, H, W]</c>, no value moved by more than its radius, see <see cref="Noise"/>; null for none.
    /// </param>
    /// <returns><c>[N, C, H, W]</c>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">
    /// The image, θ or noise has the wrong shape, or the image is not finite or, with a clip, not in [0, 1].
    /// </exception>
    public Tensor Apply(Tensor image, Tensor theta, Tensor? noise = null)
    {
        RequireImage(image);
        return Moved(image, theta, noise, each: false);
    }

    /// <summary>
    /// Applies to each image a θ of its own, all at once. Differentiable like <see cref="Apply(Tensor, Tensor, Tensor?)"/>.
    /// </summary>
    /// <param name="images">
    /// Clean images, <c>[N, C, H, W]</c>, or of any other shape that all transforms take; in [0, 1] with a clip.
    /// </param>
    /// <param name="theta">A θ for each, <c>[N, d]</c>, of the images' type.</param>
    /// <param name="noise">
    /// What noise adds to each image, <c>[N, C, H, W]</c>, no value moved by more than its radius, see <see cref="Noise"/>; null for none.
    /// </param>
    /// <returns><c>[N, C, H, W]</c>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">
    /// The images, θ or noise have the wrong shape, or an image is not finite or, with a clip, not in [0, 1].
    /// </exception>
    public Tensor ApplyEach(Tensor images, Tensor theta, Tensor? noise = null)
    {
        RequireImages(images);
        ArgumentNullException.ThrowIfNull(theta);
        if (theta.dim() == 2 && theta.shape[0] != images.shape[0])
            throw new ArgumentException($"There are {images.shape[0]} images, but {theta.shape[0]} θ.", nameof(theta));
        return Moved(images, theta, noise, each: true);
    }

    /// <summary>Applies a list of parameters to one image, without noise.</summary>
    /// <param name="image">The clean image x₀, <c>[C, H, W]</c> or any other shape that all transforms take; in [0, 1] with a clip.</param>
    /// <param name="thetas">The parameter values, each of length d.</param>
    /// <returns><c>[N, C, H, W]</c>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">
    /// The image or a θ has the wrong shape, or the image is not finite or, with a clip, not in [0, 1].
    /// </exception>
    public Tensor Apply(Tensor image, params IReadOnlyList<double[]> thetas)
    {
        RequireImage(image);
        if (thetas.Count == 0)
            throw new ArgumentException("There is no θ.", nameof(thetas));
        foreach (var theta in thetas)
            RequireLength(theta);

        using var scope = NewDisposeScope();
        return Apply(image, ParameterRows.Of(thetas, image)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Applies parameters and noise, one number a value in row-major order or none, to one image; <c>[1, C, H, W]</c>, owned by the caller.
    /// </summary>
    internal Tensor ApplyOne(Tensor image, IReadOnlyList<double> theta, IReadOnlyList<double>? noise)
    {
        using var scope = NewDisposeScope();
        return Apply(image, ParameterRows.Of([[.. theta]], image), noise is null ? null
            : tensor(noise.ToArray(), dtype: image.dtype, device: image.device).reshape([1, .. image.shape])).MoveToOuterDisposeScope();
    }

    /// <summary>What boxes of parameters reach from one image, in 64-bit numbers whatever the image's are.</summary>
    /// <param name="image">The clean image x₀, <c>[C, H, W]</c> or any other shape that all transforms take; in [0, 1] with a clip.</param>
    /// <param name="boxes">The boxes, each of dimension d; at least one.</param>
    /// <exception cref="ArgumentException">
    /// The image is not finite or, with a clip, not in [0, 1]; or a box has another dimension.
    /// </exception>
    public PerturbedImages Enclose(Tensor image, params IReadOnlyList<ParameterBox> boxes) => Enclose(image, boxes, null);

    /// <summary>The same, where <paramref name="recheck"/> proves the enclosure of each transform of the first stage anew.</summary>
    internal PerturbedImages Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes, RecheckMove? recheck)
    {
        RequireImage(image);
        ParameterRows.Require(boxes, Dimension);

        // In 64 bits: what rounding loses here is known to the last digit of the network's numbers.
        using var scope = NewDisposeScope();
        var wide = image.to(float64);
        var move = _first.Enclose(wide, boxes, recheck);
        foreach (var stage in _later)
            move = stage.Enclose(wide, move, boxes);
        var centre = wide.Plus(move.Centre);
        var error = CameraError.Of(this, centre, move);
        return new PerturbedImages(
            centre.MoveToOuterDisposeScope(), move.Generators.MoveToOuterDisposeScope(), Clip, error?.MoveToOuterDisposeScope())
        {
            RoundingError = move.Error!.Value.Of(wide).Bound,
        };
    }

    /// <summary>
    /// For example <c>gamma in [-0.1, 0.1], then contrast in [-0.1, 0.1], noise up to 0.01, clipped, rounded to 8 bits</c>.
    /// </summary>
    public override string ToString()
    {
        var ranges = Parameters.Select(range => range.ToString()).ToList();
        foreach (var stage in _later)
            ranges[stage.First] = $"then {ranges[stage.First]}";
        if (Noise > 0)
            ranges.Add($"noise up to {Noise}");
        if (Clip)
            ranges.Add("clipped");
        if (EightBitRounding)
            ranges.Add("rounded to 8 bits");
        return string.Join(", ", ranges);
    }

    /// <summary>
    /// Whether every θ of the box is meant, as far as corners tell; of a transform of many parameters the two opposite ones and the ends of
    /// each side.
    /// </summary>
    internal bool IsUniform => Placed().All(part =>
    {
        var box = Box.Part(part.First, part.Transform.Parameters.Count);
        IEnumerable<double[]> thetas =
            box.Dimension <= MostSidesForUniform
                ? box.Corners()
                :
                [
                    [.. box.Lower],
                    [.. box.Upper],
                    .. Enumerable.Range(0, box.Dimension).SelectMany(box.Ends),
                ];
        return thetas.All(theta => part.Transform.Project(theta).SequenceEqual(theta));
    });

    /// <summary>The same set with other ranges.</summary>
    internal SemanticSet WithLimits(ParameterBox box) => new(_first, _later, box, Clip, NoiseRadii, EightBitRounding);

    /// <summary>How far noise may move each value.</summary>
    internal NoiseRadii NoiseRadii { get; }

    /// <summary>The transforms of each stage.</summary>
    internal IEnumerable<IReadOnlyList<ISemanticTransform>> Stages => [_first.Transforms, .. _later.Select(stage => stage.Transforms)];

    /// <summary>What the set is, for a file.</summary>
    internal SemanticSetDescription Describe() => SemanticSetDescription.Of(this);

    /// <summary>The set that a description says.</summary>
    /// <exception cref="ArgumentException">The description does not fit together.</exception>
    /// <exception cref="NotSupportedException">A transform is not of this library; the message names its type.</exception>
    internal static SemanticSet FromDescription(SemanticSetDescription description) => description.Restore();

    /// <summary>Refuses what is not an image.</summary>
    internal void RequireImage(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.dim() == 0 || image.numel() == 0)
            throw new ArgumentException(
                $"An image is [C, H, W], or a vector [F], with at least one value, but this one is [{string.Join(", ", image.shape)}].",
                nameof(image));
        NoiseRadii.Require(image, image.numel());
        RequireValues(image);
    }

    /// <summary>Refuses what is not a batch of images.</summary>
    internal void RequireImages(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.dim() < 2 || images.numel() == 0)
            throw new ArgumentException(
                $"Images are [N, C, H, W], or vectors [N, F], with at least one value, but these are [{string.Join(", ", images.shape)}].",
                nameof(images));
        NoiseRadii.Require(images, images.numel() / images.shape[0]);
        RequireValues(images);
    }

    private void RequireValues(Tensor image)
    {
        RealNumbers.Require(image, "Pixels", nameof(image));
        using var scope = NewDisposeScope();
        if (!image.isfinite().all().item<bool>())
            throw new ArgumentException("The image contains NaN or infinity.", nameof(image));
        if (!Clip)
            return;

        // Clipping an image that is not in [0, 1] would change it even at θ = 0.
        double least = image.min().to(float64).item<double>(), greatest = image.max().to(float64).item<double>();
        if (least < 0 || greatest > 1)
        {
            throw new ArgumentException(
                $"A clipped image is in [0, 1], but this one is in [{least}, "
                + $"{greatest}]{(least >= 0 && greatest is > 2 and <= 255 ? "; divide it by 255" : string.Empty)}.",
                nameof(image));
        }
    }

    /// <summary>Moves, clips and rounds one image <c>[C, H, W]</c> by each θ, or each of <c>[N, C, H, W]</c> by its own.</summary>
    private Tensor Moved(Tensor image, Tensor theta, Tensor? noise, bool each)
    {
        ParameterRows.Require(theta, Dimension);
        long[] shape = [theta.shape[0], .. image.shape.Skip(each ? 1 : 0)];
        if (noise is not null && !noise.shape.SequenceEqual(shape))
            throw new ArgumentException(
                $"The noise is [{string.Join(", ", noise.shape)}], but the images are [{string.Join(", ", shape)}].",
                nameof(noise));

        using var scope = NewDisposeScope();
        var move = _first.Move(image, theta, each);
        foreach (var stage in _later)
            move = stage.Move(image, move, theta, each);
        var moved = noise is null ? image.Plus(move) : image.Plus(move).Plus(noise);
        if (Clip)
            moved = moved.clamp(Scalars.Of(0), Scalars.Of(1));

        // Straight through: the value is the rounded one, the gradient that of the value before.
        if (EightBitRounding)
            moved = (moved * Scalars.Of(255)).round().div(Scalars.Of(255)).detach().Plus(moved - moved.detach());
        return moved.MoveToOuterDisposeScope();
    }

    private static ParameterBox BoxOf(IReadOnlyList<ISemanticTransform> transforms)
    {
        var ranges = transforms.SelectMany(transform => transform.Parameters).ToList();
        return new([.. ranges.Select(range => range.Lower)], [.. ranges.Select(range => range.Upper)]);
    }

    private static void RequireSome(IReadOnlyList<ISemanticTransform> transforms)
    {
        ArgumentNullException.ThrowIfNull(transforms);
        if (transforms.Count == 0)
            throw new ArgumentException("A semantic set needs at least one transform.", nameof(transforms));
    }

    private void RequireLength(double[] theta)
    {
        if (theta.Length != Dimension)
            throw new ArgumentException($"A θ has {theta.Length} values, but the set has {Dimension} parameters.");
    }

    private IEnumerable<(ISemanticTransform Transform, int First)> Placed()
    {
        var first = 0;
        foreach (var transform in Transforms)
        {
            yield return (transform, first);
            first += transform.Parameters.Count;
        }
    }
}
