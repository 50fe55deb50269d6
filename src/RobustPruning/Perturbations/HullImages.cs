using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>Images of one shape, kept as plain numbers: no tensor that somebody would have to dispose.</summary>
internal sealed class HullImages
{
    private readonly float[] _values;

    private HullImages(float[] values, int count, long[] shape)
    {
        if (values.FirstOrDefault(value => !(value >= 0 && value <= 1), 0) is not 0 and var odd)
            throw new ArgumentException($"An image of a convex hull is in [0, 1], but one has the value {odd}.");
        (_values, Count, Shape) = (values, count, shape);
    }

    /// <summary>How many images.</summary>
    public int Count { get; }

    /// <summary>Their shape, mostly [C, H, W].</summary>
    public IReadOnlyList<long> Shape { get; }

    public static HullImages Of(IReadOnlyList<Tensor> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
            throw new ArgumentException("A convex hull needs at least one image.", nameof(images));
        if (images.FirstOrDefault(image => image.dim() == 0 || !image.shape.SequenceEqual(images[0].shape)) is { } odd)
            throw new ArgumentException($"The images of a convex hull are of one shape, but one is [{string.Join(", ", odd.shape)}].", nameof(images));
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return new([.. images.SelectMany(image => image.to(float32).cpu().contiguous().data<float>().ToArray())], images.Count, images[0].shape);
    }

    public static HullImages Of(ConvexHullDescription description)
    {
        var bytes = description.Values ?? [];

        // In floating point a product too large for an integer does not wrap round to one that fits.
        if (description.Count < 1 || description.Shape is not { Length: > 0 } shape || shape.Any(length => length < 1)
            || bytes.Length != shape.Aggregate(4.0 * description.Count, (product, length) => product * length))
            throw new ArgumentException($"{bytes.Length} bytes are not {description.Count} images [{string.Join(", ", description.Shape ?? [])}] of 4-byte numbers.");
        return new(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), description.Count, shape);
    }

    /// <summary>The images in the type and on the device of another, <c>[K, C, H, W]</c>; the caller owns it.</summary>
    public Tensor ToTensor(Tensor like) => tensor(_values, [Count, .. Shape], dtype: like.dtype, device: like.device);

    public ConvexHullDescription Describe() => new(Count, [.. Shape], MemoryMarshal.AsBytes<float>(_values).ToArray());
}
