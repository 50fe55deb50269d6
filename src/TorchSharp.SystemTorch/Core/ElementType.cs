using System.Numerics;

namespace TorchSharp;

/// <summary>Which .NET type holds the elements of which tensors.</summary>
internal static class ElementType
{
    internal static torch.ScalarType? Of(Type type)
    {
        if (type == typeof(byte)) return torch.ScalarType.Byte;
        if (type == typeof(sbyte)) return torch.ScalarType.Int8;
        if (type == typeof(short)) return torch.ScalarType.Int16;
        if (type == typeof(int)) return torch.ScalarType.Int32;
        if (type == typeof(long)) return torch.ScalarType.Int64;
        if (type == typeof(Half)) return torch.ScalarType.Float16;
        if (type == typeof(float)) return torch.ScalarType.Float32;
        if (type == typeof(double)) return torch.ScalarType.Float64;
        if (type == typeof(bool)) return torch.ScalarType.Bool;
        if (type == typeof((float, float))) return torch.ScalarType.ComplexFloat32;
        if (type == typeof(Complex)) return torch.ScalarType.ComplexFloat64;
        return null;
    }

    internal static void Require<T>(torch.ScalarType dtype)
    {
        if (Of(typeof(T)) != dtype) throw new ArgumentException($"A tensor of {dtype} cannot be read as {typeof(T).Name}.");
    }

    internal static object Convert(Type type, Scalar value)
    {
        if (type == typeof(byte)) return value.ToByte();
        if (type == typeof(sbyte)) return value.ToSByte();
        if (type == typeof(short)) return value.ToInt16();
        if (type == typeof(int)) return value.ToInt32();
        if (type == typeof(long)) return value.ToInt64();
        if (type == typeof(Half)) return value.ToHalf();
        if (type == typeof(float)) return value.ToSingle();
        if (type == typeof(double)) return value.ToDouble();
        if (type == typeof(bool)) return value.ToBoolean();
        if (type == typeof((float, float))) return value.ToComplexFloat32();
        return value.ToComplexFloat64();
    }
}
