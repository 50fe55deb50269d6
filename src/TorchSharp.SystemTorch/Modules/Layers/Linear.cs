namespace TorchSharp.Modules;

using static torch;

/// <summary>y = x·weightᵀ + bias.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long in_features, long out_features, bool hasBias, Device device, ScalarType? dtype)
        : base(nameof(Linear))
    {
        this.in_features = in_features;
        this.out_features = out_features;
        weight = new Parameter(empty([out_features, in_features], dtype, device));
        WeightInit.Kernel(weight);
        if (hasBias)
        {
            bias = new Parameter(empty([out_features], dtype, device));
            WeightInit.Bias(bias, weight);
        }
    }

    internal Linear(Parameter weight, Parameter bias)
        : base(nameof(Linear))
    {
        in_features = weight.shape[1];
        out_features = weight.shape[0];
        this.weight = weight;
        this.bias = bias;
    }

    public long in_features { get; set; }

    public long out_features { get; set; }

    /// <summary>Setting another parameter registers it under this name and disposes the one before.</summary>
    public Parameter weight
    {
        get => OwnParameter(nameof(weight));
        set => ReplaceOwnParameter(nameof(weight), value);
    }

    public Parameter bias
    {
        get => OwnParameter(nameof(bias));
        set => ReplaceOwnParameter(nameof(bias), value);
    }

    public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
}
