namespace TorchSharp;

/// <summary>What an argument or result of an operator holds; native/shim.cpp has the same list.</summary>
internal enum ArgumentKind
{
    None,
    Tensor,
    Int,
    Double,
    Bool,
    IntList,
    DoubleList,
    BoolList,
    TensorList,
    DType,
    String,
    Device,
    Generator,
    Complex,
}

/// <summary>An argument for an operator: a value with its kind. Null references mean None.</summary>
internal readonly struct Argument
{
    internal readonly ArgumentKind Kind;
    internal readonly object Reference;
    internal readonly long Bits;

    private Argument(ArgumentKind kind, object reference, long bits = 0)
    {
        Kind = reference is null && bits == 0 && IsReference(kind) ? ArgumentKind.None : kind;
        Reference = reference;
        Bits = bits;
    }

    internal static Argument None => default;

    internal double Real => BitConverter.Int64BitsToDouble(Bits);

    public static implicit operator Argument(torch.Tensor value) => new(ArgumentKind.Tensor, value);
    public static implicit operator Argument(long value) => new(ArgumentKind.Int, null, value);
    public static implicit operator Argument(int value) => new(ArgumentKind.Int, null, value);
    public static implicit operator Argument(double value) => new(ArgumentKind.Double, null, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(bool value) => new(ArgumentKind.Bool, null, value ? 1 : 0);
    public static implicit operator Argument(long[] value) => new(ArgumentKind.IntList, value);
    public static implicit operator Argument(double[] value) => new(ArgumentKind.DoubleList, value);
    public static implicit operator Argument(bool[] value) => new(ArgumentKind.BoolList, value);
    public static implicit operator Argument(torch.Tensor[] value) => new(ArgumentKind.TensorList, value);
    public static implicit operator Argument(torch.ScalarType value) => new(ArgumentKind.DType, null, (long)value);
    public static implicit operator Argument(string value) => new(ArgumentKind.String, value);
    public static implicit operator Argument(torch.Device value) => new(ArgumentKind.Device, value);
    public static implicit operator Argument(torch.Generator value) => new(ArgumentKind.Generator, value);
    public static implicit operator Argument(Scalar value) => value is null ? None : value.ToArgument();

    public static implicit operator Argument(long? value) => value is { } v ? v : None;
    public static implicit operator Argument(int? value) => value is { } v ? v : None;
    public static implicit operator Argument(double? value) => value is { } v ? v : None;
    public static implicit operator Argument(bool? value) => value is { } v ? v : None;
    public static implicit operator Argument(torch.ScalarType? value) => value is { } v ? v : None;

    /// <summary>A complex number: its two parts.</summary>
    internal static Argument Complex(double real, double imaginary) => new(ArgumentKind.Complex, new[] { real, imaginary });

    private static bool IsReference(ArgumentKind kind) => kind
        is ArgumentKind.Tensor or ArgumentKind.IntList or ArgumentKind.DoubleList or ArgumentKind.BoolList or ArgumentKind.TensorList
        or ArgumentKind.String or ArgumentKind.Device or ArgumentKind.Generator or ArgumentKind.Complex;
}
