namespace TorchSharp.Modules;

using static torch;

/// <summary>What convolutions of every dimension share: the kernel, the bias and the geometry.</summary>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    private protected Convolution(
        string name,
        long in_channels,
        long out_channels,
        long[] kernel_size,
        long[] stride,
        long[] padding,
        Padding? padding_type,
        long[] dilation,
        PaddingModes padding_mode,
        long groups,
        bool bias,
        Device device,
        ScalarType? dtype)
        : base(name)
    {
        if (groups < 1 || in_channels % groups != 0 || out_channels % groups != 0)
        {
            throw new ArgumentException($"{groups} groups do not divide {in_channels} input and {out_channels} output channels.", nameof(groups));
        }

        this.in_channels = in_channels;
        this.out_channels = out_channels;
        this.kernel_size = kernel_size;
        this.stride = stride;
        this.padding = padding;
        this.padding_type = padding_type;
        this.dilation = dilation;
        this.padding_mode = padding_mode;
        this.groups = groups;
        weight = new Parameter(empty([out_channels, in_channels / groups, .. kernel_size], dtype, device));
        if (bias)
        {
            this.bias = new Parameter(empty([out_channels], dtype, device));
        }

        reset_parameters();
    }

    public long in_channels { get; }

    public long out_channels { get; }

    public long[] kernel_size { get; set; }

    public long[] stride { get; set; }

    public long[] padding { get; private set; }

    public Padding? padding_type { get; private set; }

    public long[] dilation { get; set; }

    public long groups { get; set; }

    public PaddingModes padding_mode { get; set; }

    public bool transposed => false;

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

    public void SetPadding(long[] padding)
    {
        this.padding = padding;
        padding_type = null;
    }

    public void SetPadding(Padding padding)
    {
        padding_type = padding;
        this.padding = null;
    }

    public void reset_parameters()
    {
        WeightInit.Kernel(weight);
        if (bias is { } own)
        {
            WeightInit.Bias(own, weight);
        }
    }

    /// <summary>The padding of each side in the order that <c>pad</c> wants: the last dimension first, before and after.</summary>
    private protected long[] SidesForPad()
    {
        var sides = new List<long>();
        for (var i = kernel_size.Length - 1; i >= 0; i--)
        {
            var total = padding_type switch
            {
                Padding.Same => dilation[i] * (kernel_size[i] - 1),
                Padding.Valid => 0,
                _ => 2 * padding[i],
            };
            sides.Add(total / 2);
            sides.Add(total - (total / 2));
        }

        return [.. sides];
    }
}
