using TorchSharp;

namespace RobustPruning.Numerics;

/// <summary>
/// Numbers for operations of tensors. TorchSharp 0.107 hands a <see cref="Scalar"/>'s native memory to libtorch without keeping the object
/// alive, so that the garbage collector may free it during the call: an error about an unknown type, or a wrong number. These are kept
/// until many later ones of their thread, and so past the call.
/// </summary>
internal static class Scalars
{
    private const int Kept = 64;

    [ThreadStatic]
    private static Scalar[]? _latest;

    [ThreadStatic]
    private static int _next;

#pragma warning disable RS0030 // The one place that makes them.
    public static Scalar Of(double value) => Keep(value);

    public static Scalar Of(float value) => Keep(value);

    public static Scalar Of(long value) => Keep(value);

    public static Scalar Of(int value) => Keep(value);
#pragma warning restore RS0030

    private static Scalar Keep(Scalar scalar) => (_latest ??= new Scalar[Kept])[_next++ % Kept] = scalar;
}
