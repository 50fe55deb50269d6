using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// What may change about an image: transforms with parameter ranges, and whether the camera clips. Several transforms add up their
/// moves from the clean image, <c>x₀ + Σ_k θ_k D_k(x₀)</c>: contrast first and brightness after it, <c>p + (1 + c)(x₀ − p) + b</c>.
/// Immutable and thread-safe.
/// </summary>
public sealed class SemanticSet
{
    private readonly ISemanticTransform[] _transforms;

    private SemanticSet(ISemanticTransform[] transforms, ParameterBox box, bool clip)
    {
        _transforms = transforms;
        Box = box;
        Clip = clip;
    }

    /// <summary>The transforms, in order.</summary>
    public IReadOnlyList<ISemanticTransform> Transforms => _transforms;

    /// <summary>All parameters of all transforms, in order.</summary>
    public IEnumerable<ParameterRange> Parameters => _transforms.SelectMany(transform => transform.Parameters);

    /// <summary>The box that the ranges span.</summary>
    public ParameterBox Box { get; }

    /// <summary>The number of parameters d.</summary>
    public int Dimension => Box.Dimension;

    /// <summary>Whether values are clipped to [0, 1], as a camera saturates. True unless <see cref="WithoutClip"/> was called.</summary>
    public bool Clip { get; }

    /// <summary>The set of all images that the transforms reach, clipped to [0, 1].</summary>
    /// <param name="transforms">At least one.</param>
    /// <exception cref="ArgumentException">There is no transform.</exception>
    public static SemanticSet Of(params IReadOnlyList<ISemanticTransform> transforms)
    {
        ArgumentNullException.ThrowIfNull(transforms);
        if (transforms.Count == 0)
            throw new ArgumentException("A semantic set needs at least one transform.", nameof(transforms));
        var ranges = transforms.SelectMany(transform => transform.Parameters).ToList();
        return new([.. transforms], new([.. ranges.Select(range => range.Lower)], [.. ranges.Select(range => range.Upper)]), clip: true);
    }

    /// <summary>The same set for a camera that does not saturate.</summary>
    public SemanticSet WithoutClip() => new(_transforms, Box, clip: false);

    /// <summary>Applies parameters to one image. Differentiable in the image and in θ.</summary>
    /// <param name="image">The clean image x₀ in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="theta">One θ a row, <c>[N, d]</c>, of the image's type.</param>
    /// <returns><c>[N, C, H, W]</c>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The image or θ has the wrong shape, or the image is not finite or, with a clip, not in [0, 1].</exception>
    public Tensor Apply(Tensor image, Tensor theta)
    {
        RequireImage(image);
        if (theta.dim() != 2 || theta.shape[1] != Dimension)
            throw new ArgumentException($"θ has shape [{string.Join(", ", theta.shape)}], but the set takes [N, {Dimension}].", nameof(theta));

        using var scope = NewDisposeScope();
        var moved = image + theta.matmul(Directions(image).flatten(1)).reshape([theta.shape[0], .. image.shape]);
        return (Clip ? moved.clamp(0, 1) : moved).MoveToOuterDisposeScope();
    }

    /// <summary>Applies a list of parameters to one image.</summary>
    /// <param name="image">The clean image x₀ in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="thetas">The parameter values, each of length d.</param>
    /// <returns><c>[N, C, H, W]</c>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The image or a θ has the wrong shape, or the image is not finite or, with a clip, not in [0, 1].</exception>
    public Tensor Apply(Tensor image, params IReadOnlyList<double[]> thetas)
    {
        RequireImage(image);
        if (thetas.Count == 0)
            throw new ArgumentException("There is no θ.", nameof(thetas));
        if (thetas.FirstOrDefault(theta => theta.Length != Dimension) is { } odd)
            throw new ArgumentException($"A θ has {odd.Length} values, but the set has {Dimension} parameters.", nameof(thetas));

        using var scope = NewDisposeScope();
        return Apply(image, Rows(thetas, image)).MoveToOuterDisposeScope();
    }

    /// <summary>What boxes of parameters reach from one image.</summary>
    /// <param name="image">The clean image x₀ in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="boxes">The boxes, each of dimension d; at least one.</param>
    /// <exception cref="ArgumentException">The image is not finite or, with a clip, not in [0, 1]; or a box has another dimension.</exception>
    public PerturbedImages Enclose(Tensor image, params IReadOnlyList<ParameterBox> boxes)
    {
        RequireImage(image);
        if (boxes.Count == 0)
            throw new ArgumentException("There is no parameter box.", nameof(boxes));
        if (boxes.FirstOrDefault(box => box.Dimension != Dimension) is { } odd)
            throw new ArgumentException($"The box {odd} has {odd.Dimension} parameters, but the set has {Dimension}.", nameof(boxes));

        using var scope = NewDisposeScope();
        var directions = Directions(image);
        var centres = Rows([.. boxes.Select(box => box.Centre)], image);
        var halfWidths = Rows([.. boxes.Select(box => box.HalfWidths)], image);
        var centre = image + centres.matmul(directions.flatten(1)).reshape([boxes.Count, .. image.shape]);
        var generators = halfWidths.reshape(boxes.Count, Dimension, 1, 1, 1) * directions.unsqueeze(0);
        return new PerturbedImages(centre.MoveToOuterDisposeScope(), generators.MoveToOuterDisposeScope(), Clip);
    }

    /// <summary>For example <c>brightness in [-0.1, 0.1], contrast in [-0.1, 0.1], clipped</c>.</summary>
    public override string ToString() => string.Join(", ", Parameters) + (Clip ? ", clipped" : string.Empty);

    /// <summary>Refuses what is not an image.</summary>
    internal void RequireImage(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.dim() != 3)
            throw new ArgumentException($"An image is [C, H, W], but this one is [{string.Join(", ", image.shape)}].", nameof(image));
        using var scope = NewDisposeScope();
        if (!image.isfinite().all().item<bool>())
            throw new ArgumentException("The image contains NaN or infinity.", nameof(image));
        if (!Clip)
            return;

        // Clipping an image that is not in [0, 1] would change it even at θ = 0.
        double least = image.min().to(float64).item<double>(), greatest = image.max().to(float64).item<double>();
        if (least < 0 || greatest > 1)
            throw new ArgumentException($"A clipped image is in [0, 1], but this one is in [{least}, {greatest}].", nameof(image));
    }

    private static Tensor Rows(IReadOnlyList<double[]> rows, Tensor image) =>
        tensor(rows.SelectMany(row => row).ToArray(), [rows.Count, rows[0].Length], dtype: image.dtype, device: image.device);

    private Tensor Directions(Tensor image) => cat([.. _transforms.Select(transform =>
    {
        var directions = transform.Directions(image);
        return directions.shape.SequenceEqual([transform.Parameters.Count, .. image.shape])
            ? directions
            : throw new ArgumentException($"{transform.GetType().Name} gave directions [{string.Join(", ", directions.shape)}] for {transform.Parameters.Count} parameters of an image [{string.Join(", ", image.shape)}].");
    })], 0);
}
