namespace TorchSharp;

public static partial class torch
{
    // Without a type named, whole numbers give Int64 and others the default type.

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device device = null, bool requires_grad = false)
        => Made(Operator.Aten("arange").Call(stop, dtype, Argument.None, device), requires_grad);

    public static Tensor arange(
        Scalar start, Scalar stop, ScalarType? dtype = null, Device device = null, bool requires_grad = false)
        => Made(Operator.Aten("arange.start").Call(start, stop, dtype, Argument.None, device), requires_grad);

    public static Tensor arange(
        Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device device = null, bool requires_grad = false)
        => Made(Operator.Aten("arange.start_step").Call(start, stop, step, dtype, Argument.None, device), requires_grad);

    public static Tensor linspace(
        double start, double end, long steps, ScalarType? dtype = null, Device device = null, bool requires_grad = false)
        => Made(Operator.Aten("linspace").Call(start, end, steps, dtype, Argument.None, device), requires_grad);

    public static Tensor logspace(
        double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device device = null, bool requires_grad = false)
        => Made(Operator.Aten("logspace").Call(start, end, steps, @base, dtype, Argument.None, device), requires_grad);

    public static Tensor eye(
        long rows, long columns = -1, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => Made(Operator.Aten("eye.m").Call(rows, columns < 0 ? rows : columns, dtype, Argument.None, device), requires_grad, names);

    /// <summary>The last step of every factory. Names of dimensions are an experiment of libtorch that has no support here.</summary>
    private static Tensor Made(Tensor result, bool requires_grad, string[] names = null)
    {
        if (names is { Length: > 0 }) throw new NotSupportedException("Named dimensions are not supported.");
        if (requires_grad) result.requires_grad = true;
        return result;
    }
}
