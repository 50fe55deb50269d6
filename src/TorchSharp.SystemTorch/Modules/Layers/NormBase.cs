namespace TorchSharp.Modules;

using static torch;

/// <summary>What normalisations by running statistics share.</summary>
public abstract class NormBase : nn.Module<Tensor, Tensor>
{
    private protected NormBase(
        long num_features,
        double eps,
        double? momentum,
        bool affine,
        bool track_running_stats,
        Device device,
        ScalarType? dtype,
        string name)
        : base(name)
    {
        this.num_features = num_features;
        this.eps = eps;
        this.momentum = momentum;
        this.affine = affine;
        this.track_running_stats = track_running_stats;
        if (affine)
        {
            weight = new Parameter(empty([num_features], dtype, device));
            bias = new Parameter(empty([num_features], dtype, device));
        }

        if (track_running_stats)
        {
            running_mean = zeros([num_features], dtype, device);
            running_var = ones([num_features], dtype, device);
            // A count, though the genuine class gives it the element type where one is named.
            num_batches_tracked = zeros([], dtype ?? ScalarType.Int64, device);
        }

        reset_parameters();
    }

    public long num_features { get; }

    public double eps { get; set; }

    /// <summary>The share of the newest batch in the running statistics; null averages all batches evenly.</summary>
    public double? momentum { get; set; }

    public bool affine { get; }

    public bool track_running_stats { get; }

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

    public Tensor running_mean
    {
        get => OwnBuffer(nameof(running_mean));
        set => ReplaceOwnBuffer(nameof(running_mean), value);
    }

    public Tensor running_var
    {
        get => OwnBuffer(nameof(running_var));
        set => ReplaceOwnBuffer(nameof(running_var), value);
    }

    public Tensor num_batches_tracked
    {
        get => OwnBuffer(nameof(num_batches_tracked));
        set => ReplaceOwnBuffer(nameof(num_batches_tracked), value);
    }

    public void reset_running_stats()
    {
        if (track_running_stats)
        {
            nn.init.zeros_(running_mean);
            nn.init.ones_(running_var);
            nn.init.zeros_(num_batches_tracked);
        }
    }

    public void reset_parameters()
    {
        reset_running_stats();
        if (affine)
        {
            nn.init.ones_(weight);
            nn.init.zeros_(bias);
        }
    }

    protected abstract void ValidateInputDimensions(Tensor input);
}
