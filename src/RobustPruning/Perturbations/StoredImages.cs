using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>Images of one shape in [0, 1], kept as plain numbers: no tensor that somebody would have to dispose.</summary>
internal sealed class StoredImages
{
    private readonly float[] _values;

    private StoredImages(float[] values, int count, long[] shape)
    {
        if (values.FirstOrDefault(value => !(value >= 0 && value <= 1), 0) is not 0 and var odd)
            throw new ArgumentException($"A stored image or mask is in [0, 1], but one has the value {odd}.");
        (_values, Count, Shape) = (values, count, shape);
    }

    /// <summary>How many images.</summary>
    public int Count { get; }

    /// <summary>Their shape, mostly [C, H, W].</summary>
    public IReadOnlyList<long> Shape { get; }

    public static StoredImages Of(IReadOnlyList<Tensor> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
            throw new ArgumentException("A convex hull needs at least one image.", nameof(images));
        if (images.FirstOrDefault(image => image.dim() == 0 || !image.shape.SequenceEqual(images[0].shape)) is { } odd)
            throw new ArgumentException(
                $"The images of a convex hull are of one shape, but one is [{string.Join(", ", odd.shape)}].",
                nameof(images));
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return new(
            [.. images.SelectMany(image => image.to(float32).cpu().contiguous().data<float>().ToArray())],
            images.Count,
            images[0].shape);
    }

    /// <summary>Images from the bytes of their 32-bit numbers, the lowest first.</summary>
    /// <exception cref="ArgumentException">The bytes are not so many images, or a value is not in [0, 1].</exception>
    public static StoredImages Of(byte[]? bytes, int count, long[]? shape)
    {
        bytes ??= [];

        // In floating point a product too large for an integer does not wrap round to one that fits.
        if (count < 1
            || shape is not { Length: > 0 }
            || shape.Any(length => length < 1)
            || bytes.Length != shape.Aggregate(4.0 * count, (product, length) => product * length))
            throw new ArgumentException(
                $"{bytes.Length} bytes are not {count} images [{string.Join(", ", shape ?? [])}] of 4-byte numbers.");
        return new(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), count, shape);
    }

    /// <summary>One image from its values, row by row.</summary>
    public static StoredImages Of(float[] values, params long[] shape) => new(values, 1, shape);

    /// <summary>The images in the type and on the device of another, <c>[K, C, H, W]</c>; the caller owns it.</summary>
    public Tensor ToTensor(Tensor like) => tensor(_values, [Count, .. Shape], dtype: like.dtype, device: like.device);

    /// <summary>The bytes of all numbers, the lowest first.</summary>
    public byte[] ToBytes() => MemoryMarshal.AsBytes<float>(_values).ToArray();

    /// <summary>One number.</summary>
    public float this[long place] => _values[place];
}
