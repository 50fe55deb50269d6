using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Numerics;

/// <summary>
/// Sums and squares. TorchSharp's own make a <see cref="Scalar"/> inside, the factor 1 of what is added or the exponent 2, and may lose it
/// during the call: see <see cref="Scalars"/>.
/// </summary>
internal static class TensorSums
{
    private static readonly Scalar One = Scalars.Of(1);

    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    public static Tensor Plus(this Tensor left, Scalar right) => left.add(right, One);

    public static Tensor PlusInPlace(this Tensor left, Tensor right) => left.add_(right, One);

    public static Tensor PlusInPlace(this Tensor left, Scalar right) => left.add_(right, One);

    public static Tensor Squared(this Tensor values) => values * values;
}
