using RobustPruning.Onnx.Wire;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Constants;

/// <summary>How values of a type lie in a file.</summary>
internal static class StoredType
{
    /// <summary>Bytes of one value; null if the type is not supported.</summary>
    public static int? Size(ElementType type) => type switch
    {
        ElementType.Bool or ElementType.Int8 or ElementType.UInt8 => 1,
        ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Int32 or ElementType.Float => 4,
        ElementType.Int64 or ElementType.Double => 8,
        _ => null,
    };

    /// <summary>Whether the numbers are whole.</summary>
    public static bool IsWhole(ElementType type) =>
        type is not (ElementType.Float or ElementType.Double or ElementType.Float16 or ElementType.BFloat16);

    /// <summary>The type of a tensor with the same bytes.</summary>
    public static ScalarType Of(ElementType type) => type switch
    {
        ElementType.Bool => ScalarType.Bool,
        ElementType.Int8 => ScalarType.Int8,
        ElementType.UInt8 => ScalarType.Byte,
        ElementType.Int16 => ScalarType.Int16,
        ElementType.Float16 => ScalarType.Float16,
        ElementType.BFloat16 => ScalarType.BFloat16,
        ElementType.Int32 => ScalarType.Int32,
        ElementType.Float => ScalarType.Float32,
        ElementType.Int64 => ScalarType.Int64,
        _ => ScalarType.Float64,
    };

    /// <summary>A vector of values that are written as whole numbers: themselves, or the bits of 16-bit floating point numbers.</summary>
    public static Tensor Decode(ElementType type, IReadOnlyList<long> numbers) => type switch
    {
        ElementType.Float16 => tensor(numbers.Select(number => (float)BitConverter.UInt16BitsToHalf((ushort)number)).ToArray()),
        ElementType.BFloat16 => tensor(numbers.Select(number => BitConverter.Int32BitsToSingle((int)(number << 16))).ToArray()),
        _ => tensor(numbers.ToArray(), dtype: int64),
    };
}
