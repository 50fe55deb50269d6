namespace TorchSharp;

public static partial class torch
{
    // Whole numbers up to, not including, the upper bound; Int64 unless another type is named.

    public static Tensor randint(
        long low, long high, long[] size,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null,
        string[] names = null)
        => Made(
            Operator.Aten("randint.low_generator").Call(low, high, size, generator, dtype ?? ScalarType.Int64, Argument.None, device),
            requires_grad, names);

    public static Tensor randint(
        long high, long[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null,
        string[] names = null)
        => randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randint(
        int low, int high, int[] size,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null,
        string[] names = null)
        => randint(low, high, Array.ConvertAll(size, d => (long)d), dtype, device, requires_grad, generator, names);

    public static Tensor randint(
        int high, int[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null,
        string[] names = null)
        => randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randint_like(
        Tensor input, long low, long high, ScalarType? dtype = null, Device device = null, bool requires_grad = false)
        => Made(Operator.Aten("randint_like.low_dtype").Call(input, low, high, dtype, Argument.None, device), requires_grad);

    public static Tensor randperm(
        long n, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null)
        => Made(Operator.Aten("randperm.generator").Call(n, generator, dtype ?? ScalarType.Int64, Argument.None, device), requires_grad);

    public static Tensor normal(Tensor mean, Tensor std, Generator generator = null)
        => Operator.Aten("normal.Tensor_Tensor").Call(mean, std, generator);

    public static Tensor normal(
        double mean, double std, ReadOnlySpan<long> size,
        ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null,
        string[] names = null)
        => Made(
            Operator.Aten("normal.float_float").Call(mean, std, size.ToArray(), generator, dtype, Argument.None, device),
            requires_grad, names);

    public static Tensor bernoulli(Tensor input, Generator generator = null) => input.bernoulli(generator);

    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator generator = null)
        => input.multinomial(num_samples, replacement, generator);
}
