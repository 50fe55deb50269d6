using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>Parameter values as tensors of an image's type and device, one θ a row.</summary>
internal static class ParameterRows
{
    /// <summary>The rows as they are, <c>[N, d]</c>.</summary>
    public static Tensor Of(IReadOnlyList<double[]> rows, Tensor image) =>
        tensor(rows.SelectMany(row => row).ToArray(), [rows.Count, rows[0].Length], dtype: image.dtype, device: image.device);

    /// <summary>One number a row, to be multiplied with images like one: <c>[N, 1, 1, 1]</c>.</summary>
    public static Tensor Of(IEnumerable<double> numbers, Tensor image) =>
        EachImage(Of([.. numbers.Select(number => new[] { number })], image), image);

    /// <summary>Rows of one number <c>[N, 1]</c>, to be multiplied with images like one: <c>[N, 1, 1, 1]</c>.</summary>
    public static Tensor EachImage(Tensor rows, Tensor image) => rows.reshape([-1, .. Enumerable.Repeat(1L, (int)image.dim())]);

    /// <summary>The boxes' centres, <c>[B, d]</c>.</summary>
    public static Tensor Centres(IReadOnlyList<ParameterBox> boxes, Tensor image) => Of([.. boxes.Select(box => box.Centre)], image);

    /// <summary>The boxes' half widths, <c>[B, d]</c>.</summary>
    public static Tensor HalfWidths(IReadOnlyList<ParameterBox> boxes, Tensor image) => Of([.. boxes.Select(box => box.HalfWidths)], image);

    /// <summary>Refuses boxes of another dimension than the given one, or none.</summary>
    public static void Require(IReadOnlyList<ParameterBox> boxes, int dimension)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        if (boxes.Count == 0)
            throw new ArgumentException("There is no parameter box.", nameof(boxes));
        if (boxes.FirstOrDefault(box => box.Dimension != dimension) is { } odd)
            throw new ArgumentException($"The box {odd} has {odd.Dimension} parameters, but there must be {dimension}.", nameof(boxes));
    }

    /// <summary>Refuses what is not rows of the given length.</summary>
    public static void Require(Tensor theta, int dimension)
    {
        ArgumentNullException.ThrowIfNull(theta);
        if (theta.dim() != 2 || theta.shape[1] != dimension)
            throw new ArgumentException(
                $"θ has shape [{string.Join(", ", theta.shape)}], but there are {dimension} parameters: it must be [N, {dimension}].",
                nameof(theta));
    }
}
