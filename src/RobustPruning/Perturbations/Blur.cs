using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Blur: <c>(1 − t)x + t(K∗x)</c>, a blend with the image's average under a kernel K, channel by channel. t = 0 is sharp, t = 1 blurred.
/// Near the edges too, K∗x is an average of pixels: a flat image stays as it is.
/// </summary>
public sealed class Blur : AffineTransform, IDescribedTransform
{
    private readonly double[][] _weights;

    /// <summary>Creates a blur with a kernel of your own, for example of a moving camera.</summary>
    /// <param name="lower">The least t.</param>
    /// <param name="upper">The greatest t.</param>
    /// <param name="weights">
    /// The weights, row by row; odd numbers of rows and columns. The weight in the middle is that of the pixel itself, the one left of it
    /// that of the pixel's left neighbour, and so on. None is negative; they are scaled to a sum of 1.
    /// </param>
    /// <param name="edges">What the kernel takes over the edges.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or the weights are not as described.</exception>
    public Blur(double lower, double upper, IReadOnlyList<IReadOnlyList<double>> weights, BlurEdges edges = BlurEdges.Replicate)
        : base(new ParameterRange("blur", lower, upper))
    {
        Edges = Enum.IsDefined(edges) ? edges : throw new ArgumentOutOfRangeException(nameof(edges), edges, "Unknown edges.");
        ArgumentNullException.ThrowIfNull(weights);
        _weights = [.. weights.Select(row => row.ToArray())];
        RequireKernel(_weights, edges);
    }

    /// <summary>The kernel's weights, row by row, before they are scaled to a sum of 1.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Weights => _weights;

    /// <summary>What the kernel takes over the edges.</summary>
    public BlurEdges Edges { get; }

    /// <inheritdoc/>
    public override LinearPart LinearPart => new([-1], [1], Average);

    /// <summary>A blur with a Gaussian kernel.</summary>
    /// <param name="lower">The least t.</param>
    /// <param name="upper">The greatest t.</param>
    /// <param name="sigma">The standard deviation in pixels; positive. The kernel reaches to three of them.</param>
    /// <param name="edges">What the kernel takes over the edges.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or <paramref name="sigma"/> is not in (0, 100].</exception>
    public static Blur Gaussian(double lower, double upper, double sigma, BlurEdges edges = BlurEdges.Replicate)
    {
        if (!(sigma > 0 && sigma <= 100))
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "The standard deviation is in (0, 100] pixels.");
        var reach = (int)Math.Ceiling(3 * sigma);
        double[] line = [.. Enumerable.Range(-reach, (2 * reach) + 1).Select(offset => Math.Exp(-offset * offset / (2 * sigma * sigma)))];
        return new(lower, upper, [.. line.Select(row => line.Select(column => row * column).ToArray())], edges);
    }

    /// <summary>A blur with a square kernel of equal weights.</summary>
    /// <param name="lower">The least t.</param>
    /// <param name="upper">The greatest t.</param>
    /// <param name="size">The kernel's side in pixels; odd and positive.</param>
    /// <param name="edges">What the kernel takes over the edges.</param>
    /// <exception cref="ArgumentException">
    /// The range is inverted or not finite, or <paramref name="size"/> is even or not positive.
    /// </exception>
    public static Blur Box(double lower, double upper, int size, BlurEdges edges = BlurEdges.Replicate)
    {
        if (size < 1 || size % 2 == 0)
            throw new ArgumentOutOfRangeException(nameof(size), size, "The kernel's side is odd and positive.");
        return new(lower, upper, [.. Enumerable.Range(0, size).Select(_ => Enumerable.Repeat(1.0, size).ToArray())], edges);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>.</exception>
    public override Tensor Directions(Tensor image)
    {
        RequireMap(image);
        using var scope = NewDisposeScope();
        var images = image.unsqueeze(0);
        return (Average(images) - images).MoveToOuterDisposeScope();
    }

    internal override long Terms(long values) => (long)_weights.Length * _weights[0].Length;

    TransformDescription IDescribedTransform.Describe() => new BlurDescription(_weights, Edges);

    private Tensor Average(Tensor images)
    {
        using var scope = NewDisposeScope();
        long rows = _weights.Length, columns = _weights[0].Length, channels = images.shape[1];
        long top = rows / 2, left = columns / 2;
        var sum = _weights.Sum(row => row.Sum());
        var kernel = tensor(
            _weights.SelectMany(row => row).Select(weight => weight / sum).ToArray(),
            [1, 1, rows, columns],
            dtype: images.dtype,
            device: images.device);
        var kernels = kernel.expand(channels, 1, rows, columns);
        if (Edges == BlurEdges.Replicate)
        {
            var padded = nn.functional.pad(images, [left, left, top, top], TorchSharp.PaddingModes.Replicate);
            return nn.functional.conv2d(MemoryLayout.Unambiguous(padded), kernels, groups: channels).MoveToOuterDisposeScope();
        }

        var inside = nn.functional.conv2d(
            MemoryLayout.Unambiguous(ones_like(images.narrow(0, 0, 1).narrow(1, 0, 1))),
            kernel,
            padding: [top, left]);
        return (
            nn.functional.conv2d(MemoryLayout.Unambiguous(images), kernels, padding: [top, left], groups: channels) / inside)
                .MoveToOuterDisposeScope();
    }

    private static void RequireKernel(double[][] weights, BlurEdges edges)
    {
        if (weights.Length % 2 == 0 || weights.Any(row => row.Length != weights[0].Length) || weights[0].Length % 2 == 0)
            throw new ArgumentException(
                $"A kernel has odd numbers of rows and columns, but this one has rows of lengths "
                + $"[{string.Join(", ", weights.Select(row => row.Length))}].",
                nameof(weights));
        if (weights.SelectMany(row => row).FirstOrDefault(weight => !(weight >= 0 && double.IsFinite(weight)), 0) is not 0 and var odd)
            throw new ArgumentException($"The weight {odd} is negative or not finite.", nameof(weights));
        if (!(weights.Sum(row => row.Sum()) is > 0 and < double.PositiveInfinity))
            throw new ArgumentException("The weights of a kernel must have a positive, finite sum.", nameof(weights));

        // Else no weight may be left inside the image.
        if (edges == BlurEdges.Renormalise && weights[weights.Length / 2][weights[0].Length / 2] == 0)
            throw new ArgumentException(
                "A kernel that is renormalised at the edges needs a positive weight in the middle.",
                nameof(weights));
    }
}
