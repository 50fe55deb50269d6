namespace TorchSharp;

public static partial class torch
{
    // Without a type named, whole numbers and truth values make Int64, others the default type.

    public static Tensor full(
        long[] size, Scalar value, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
    {
        var type = dtype ?? (value.IsInteger ? ScalarType.Int64 : get_default_dtype());
        return Made(Operator.Aten("full").Call(size, value, type, Argument.None, device), requires_grad, names);
    }

    public static Tensor full(
        long size, Scalar value, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => full(new long[] { size }, value, dtype, device, requires_grad, names);

    public static Tensor full(
        long rows, long columns, Scalar value,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => full(new long[] { rows, columns }, value, dtype, device, requires_grad, names);

    public static Tensor full(
        long dim0, long dim1, long dim2, Scalar value,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => full(new long[] { dim0, dim1, dim2 }, value, dtype, device, requires_grad, names);

    public static Tensor full(
        long dim0, long dim1, long dim2, long dim3, Scalar value,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => full(new long[] { dim0, dim1, dim2, dim3 }, value, dtype, device, requires_grad, names);

    public static Tensor full(
        int size, Scalar value, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => full(new long[] { size }, value, dtype, device, requires_grad, names);

    public static Tensor full(
        int rows, int columns, Scalar value,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => full(new long[] { rows, columns }, value, dtype, device, requires_grad, names);

    public static Tensor full(
        int dim0, int dim1, int dim2, Scalar value,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => full(new long[] { dim0, dim1, dim2 }, value, dtype, device, requires_grad, names);

    public static Tensor full(
        int dim0, int dim1, int dim2, int dim3, Scalar value,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => full(new long[] { dim0, dim1, dim2, dim3 }, value, dtype, device, requires_grad, names);

    public static Tensor full(
        ReadOnlySpan<long> size, Scalar value,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => full(size.ToArray(), value, dtype, device, requires_grad, names);

    public static Tensor full_like(
        Tensor input, Scalar value, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null)
        => Made(Operator.Aten("full_like").Call(input, value, dtype, Argument.None, device), requires_grad, names);
}
