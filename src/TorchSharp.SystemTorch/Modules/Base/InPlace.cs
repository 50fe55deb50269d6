namespace TorchSharp;

using static torch;

/// <summary>Operators that change their first argument, without the second handle to it that ATen gives back.</summary>
internal static class InPlace
{
    public static void Detach(Tensor target) => Operator.Get("aten::detach_").CallInPlace(target);

    public static void Copy(Tensor target, Tensor source) => Operator.Get("aten::copy_").CallInPlace(target, source);

    public static void Fill(Tensor target, Scalar value) => Operator.Get("aten::fill_", "Scalar").CallInPlace(target, value);

    public static void Mul(Tensor target, double factor) => Operator.Get("aten::mul_", "Scalar").CallInPlace(target, factor);

    public static void Div(Tensor target, double divisor) => Operator.Get("aten::div_", "Scalar").CallInPlace(target, divisor);

    public static void Add(Tensor target, Scalar value) => Operator.Get("aten::add_", "Scalar").CallInPlace(target, value);

    public static void Add(Tensor target, Tensor other, double factor) =>
        Operator.Get("aten::add_", "Tensor").CallInPlace(target, other, factor);

    public static void AddProduct(Tensor target, Tensor left, Tensor right, double factor) =>
        Operator.Get("aten::addcmul_").CallInPlace(target, left, right, factor);

    public static void AddQuotient(Tensor target, Tensor numerator, Tensor denominator, double factor) =>
        Operator.Get("aten::addcdiv_").CallInPlace(target, numerator, denominator, factor);

    public static void Clamp(Tensor target, double low, double high) =>
        Operator.Get("aten::clamp_").CallInPlace(target, low, high);

    public static void Uniform(Tensor target, double low, double high, Generator generator = null) =>
        Operator.Get("aten::uniform_").CallInPlace(target, low, high, generator);

    public static void Normal(Tensor target, double mean, double deviation, Generator generator = null) =>
        Operator.Get("aten::normal_").CallInPlace(target, mean, deviation, generator);
}
