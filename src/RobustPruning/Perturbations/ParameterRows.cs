using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>Parameter values as tensors of an image's type and device, one θ a row.</summary>
internal static class ParameterRows
{
    /// <summary>The rows as they are, <c>[N, d]</c>.</summary>
    public static Tensor Of(IReadOnlyList<double[]> rows, Tensor image) =>
        tensor(rows.SelectMany(row => row).ToArray(), [rows.Count, rows[0].Length], dtype: image.dtype, device: image.device);

    /// <summary>One number a row, <c>[N, 1, 1, 1]</c>.</summary>
    public static Tensor Of(IEnumerable<double> numbers, Tensor image) =>
        Of([.. numbers.Select(number => new[] { number })], image).reshape(-1, 1, 1, 1);

    /// <summary>The boxes' centres, <c>[B, d]</c>.</summary>
    public static Tensor Centres(IReadOnlyList<ParameterBox> boxes, Tensor image) => Of([.. boxes.Select(box => box.Centre)], image);

    /// <summary>The boxes' half widths, <c>[B, d]</c>.</summary>
    public static Tensor HalfWidths(IReadOnlyList<ParameterBox> boxes, Tensor image) => Of([.. boxes.Select(box => box.HalfWidths)], image);

    /// <summary>Refuses what is not rows of the given length.</summary>
    public static void Require(Tensor theta, int dimension)
    {
        ArgumentNullException.ThrowIfNull(theta);
        if (theta.dim() != 2 || theta.shape[1] != dimension)
            throw new ArgumentException($"θ has shape [{string.Join(", ", theta.shape)}], but there are {dimension} parameters: it must be [N, {dimension}].", nameof(theta));
    }
}
