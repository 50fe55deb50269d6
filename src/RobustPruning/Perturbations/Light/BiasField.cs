using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// A bias field: a polynomial over the image, <c>Σ_ij θ_ij u^i v^j</c> with i + j up to the order, that is added to the image or multiplied
/// with it. u and v run from −1 to 1 over width and height, edge to edge, and are taken at pixel centres.
/// </summary>
public sealed class BiasField : AffineTransform, IDescribedTransform
{
    /// <summary>The greatest order.</summary>
    public const int GreatestOrder = 3;

    internal const int MostChannels = 1 << 12;

    // Coordinates, their powers, the product with the image.
    private const long RoundingsOfField = 16;

    /// <summary>A field whose coefficients all have the same range.</summary>
    /// <param name="lower">The least value of each coefficient.</param>
    /// <param name="upper">The greatest value of each coefficient.</param>
    /// <param name="order">The polynomial's order, 1 to 3: 3, 6 or 10 coefficients.</param>
    /// <param name="kind">Whether it is added or multiplied.</param>
    /// <param name="channels">1 for the same field in all channels; the number of channels for a field each.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The order, the kind or the number of channels is out of its range.</exception>
    public BiasField(double lower, double upper, int order = 1, BiasFieldKind kind = BiasFieldKind.Multiplicative, int channels = 1)
        : this([.. Enumerable.Repeat((lower, upper), Count(order, channels))], order, kind, channels)
    {
    }

    /// <summary>A field whose coefficients have ranges of their own.</summary>
    /// <param name="coefficients">
    /// Ranges of the coefficients in order of their degree, 1, u, v, u², uv, v², ...; those of the first channel first.
    /// </param>
    /// <param name="order">The polynomial's order, 1 to 3.</param>
    /// <param name="kind">Whether it is added or multiplied.</param>
    /// <param name="channels">1 for the same field in all channels; the number of channels for a field each.</param>
    /// <exception cref="ArgumentException">There is another number of ranges than coefficients.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The order, the kind or the number of channels is out of its range.</exception>
    public BiasField(ParameterBox coefficients, int order, BiasFieldKind kind = BiasFieldKind.Multiplicative, int channels = 1)
        : this(
            [.. (coefficients ?? throw new ArgumentNullException(nameof(coefficients))).Lower.Zip(coefficients.Upper)],
            order,
            kind,
            channels)
    {
    }

    private BiasField(IReadOnlyList<(double Lower, double Upper)> ranges, int order, BiasFieldKind kind, int channels)
        : base([.. Names(order, channels, ranges.Count).Zip(ranges, (name, range) => new ParameterRange(name, range.Lower, range.Upper))])
    {
        Kind = Enum.IsDefined(kind) ? kind : throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind of bias field.");
        (Order, Channels) = (order, channels);
    }

    /// <summary>The polynomial's order.</summary>
    public int Order { get; }

    /// <summary>Whether the field is added or multiplied.</summary>
    public BiasFieldKind Kind { get; }

    /// <summary>1 for the same field in all channels; otherwise the number of channels, each with a field of its own.</summary>
    public int Channels { get; }

    /// <inheritdoc/>
    public override LinearPart LinearPart =>
        Kind == BiasFieldKind.Additive ? new([.. Parameters.Select(_ => 0.0)]) : LinearPart.OfFields(Parameters.Count, Fields);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>, or has another number of channels.</exception>
    public override Tensor Directions(Tensor image)
    {
        RequireMap(image);
        if (Channels > 1 && Channels != image.shape[0])
            throw new ArgumentException($"The bias field has {Channels} channels, but the image has {image.shape[0]}.", nameof(image));
        using var scope = NewDisposeScope();
        var values = Kind == BiasFieldKind.Additive ? ones_like(image) : image;
        return (Fields(image) * values.unsqueeze(0)).MoveToOuterDisposeScope();
    }

    internal override long Terms(long values) => RoundingsOfField;

    TransformDescription IDescribedTransform.Describe() => new BiasFieldDescription(Order, Kind, Channels);

    /// <summary>The number of coefficients of one channel.</summary>
    internal static int Coefficients(int order) => (order + 1) * (order + 2) / 2;

    /// <summary>The monomials, <c>[d, 1, H, W]</c>, or for a field a channel <c>[d, C, H, W]</c>.</summary>
    private Tensor Fields(Tensor image)
    {
        using var scope = NewDisposeScope();
        Tensor u = Places(image.shape[2], image).reshape(1, -1), v = Places(image.shape[1], image).reshape(-1, 1);
        var monomials = stack([.. Degrees(Order).Select(degree => u.pow(Scalars.Of(degree.U)) * v.pow(Scalars.Of(degree.V)))], 0)
            .unsqueeze(1);
        if (Channels == 1)
            return monomials.MoveToOuterDisposeScope();
        var channel = eye(Channels, dtype: image.dtype, device: image.device).reshape(Channels, 1, Channels, 1, 1);
        return (channel * monomials.unsqueeze(0)).flatten(0, 1).MoveToOuterDisposeScope();
    }

    private static Tensor Places(long count, Tensor image) =>
        (arange(Scalars.Of(0), Scalars.Of(count), Scalars.Of(1), dtype: image.dtype, device: image.device) * Scalars.Of(2)).Plus(
            Scalars.Of(1 - count)) / Scalars.Of(count);

    private static IEnumerable<(int U, int V)> Degrees(int order) =>
        from degree in Enumerable.Range(0, order + 1) from v in Enumerable.Range(0, degree + 1) select (degree - v, v);

    private static int Count(int order, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, GreatestOrder);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, MostChannels);
        return Coefficients(order) * channels;
    }

    private static IEnumerable<string> Names(int order, int channels, int ranges)
    {
        if (Count(order, channels) is var count && count != ranges)
            throw new ArgumentException(
                $"A bias field of order {order} over {channels} channels has {count} coefficients, but there are {ranges} ranges.",
                nameof(ranges));
        return from channel in Enumerable.Range(0, channels)
               from degree in Degrees(order)
               select $"bias u^{degree.U} v^{degree.V}{(channels > 1 ? $" of channel {channel}" : string.Empty)}";
    }
}
