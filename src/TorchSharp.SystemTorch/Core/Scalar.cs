using System.Numerics;

namespace TorchSharp;

/// <summary>A number of any type, as operators take it beside tensors.</summary>
public sealed class Scalar : IDisposable
{
    private readonly torch.ScalarType type;
    private readonly long integer;
    private readonly Complex number;

    private Scalar(torch.ScalarType type, long integer, Complex number)
    {
        this.type = type;
        this.integer = integer;
        this.number = number;
    }

    // libtorch keeps every integer as Int64 and every floating number as Float64.
    private static Scalar Integer(long value) => new(torch.ScalarType.Int64, value, value);

    private static Scalar Real(double value) => new(torch.ScalarType.Float64, 0, value);

    public torch.ScalarType Type => type;

    public static implicit operator Scalar(byte value) => Integer(value);
    public static implicit operator Scalar(sbyte value) => Integer(value);
    public static implicit operator Scalar(short value) => Integer(value);
    public static implicit operator Scalar(int value) => Integer(value);
    public static implicit operator Scalar(long value) => Integer(value);
    public static implicit operator Scalar(Half value) => Real((double)value);
    public static implicit operator Scalar(float value) => Real(value);
    public static implicit operator Scalar(double value) => Real(value);
    public static implicit operator Scalar(bool value) => new(torch.ScalarType.Bool, value ? 1 : 0, value ? 1 : 0);
    public static implicit operator Scalar(Complex value) => new(torch.ScalarType.ComplexFloat64, 0, value);

    public static implicit operator Scalar((float, float) value)
        => new(torch.ScalarType.ComplexFloat64, 0, new Complex(value.Item1, value.Item2));

    /// <summary>Nothing to free: it is there because the genuine one holds native memory.</summary>
    public void Dispose()
    {
    }

    internal Argument ToArgument() => type switch
    {
        torch.ScalarType.Int64 => integer,
        torch.ScalarType.Bool => integer != 0,
        torch.ScalarType.Float64 => number.Real,
        _ => Argument.Complex(number.Real, number.Imaginary),
    };

    internal bool IsInteger => type is torch.ScalarType.Int64 or torch.ScalarType.Bool;

    internal long AsLong() => IsInteger ? integer : checked((long)AsDouble());

    internal double AsDouble()
    {
        if (number.Imaginary != 0) throw new InvalidOperationException("A complex scalar does not convert to a real number.");
        return IsInteger ? integer : number.Real;
    }

    internal bool AsBool() => IsInteger ? integer != 0 : number != Complex.Zero;

    internal Complex AsComplex() => number;

}
