namespace TorchSharp;

using static torch;

/// <summary>Operators that change their first argument, without the second handle to it that ATen gives back.</summary>
internal static class InPlace
{
    public static void Detach(Tensor target) => Operator.Get("aten::detach_").Call(target).Dispose();

    public static void Copy(Tensor target, Tensor source) => Operator.Get("aten::copy_").Call(target, source).Dispose();

    public static void Fill(Tensor target, Scalar value) => Operator.Get("aten::fill_", "Scalar").Call(target, value).Dispose();

    public static void Mul(Tensor target, double factor) => Operator.Get("aten::mul_", "Scalar").Call(target, factor).Dispose();

    public static void Div(Tensor target, double divisor) => Operator.Get("aten::div_", "Scalar").Call(target, divisor).Dispose();

    public static void Add(Tensor target, Scalar value) => Operator.Get("aten::add_", "Scalar").Call(target, value).Dispose();

    public static void Add(Tensor target, Tensor other, double factor) =>
        Operator.Get("aten::add_", "Tensor").Call(target, other, factor).Dispose();

    public static void AddProduct(Tensor target, Tensor left, Tensor right, double factor) =>
        Operator.Get("aten::addcmul_").Call(target, left, right, factor).Dispose();

    public static void AddQuotient(Tensor target, Tensor numerator, Tensor denominator, double factor) =>
        Operator.Get("aten::addcdiv_").Call(target, numerator, denominator, factor).Dispose();

    public static void Clamp(Tensor target, double low, double high) =>
        Operator.Get("aten::clamp_").Call(target, low, high).Dispose();

    public static void Uniform(Tensor target, double low, double high, Generator generator = null) =>
        Operator.Get("aten::uniform_").Call(target, low, high, generator).Dispose();

    public static void Normal(Tensor target, double mean, double deviation, Generator generator = null) =>
        Operator.Get("aten::normal_").Call(target, mean, deviation, generator).Dispose();
}
