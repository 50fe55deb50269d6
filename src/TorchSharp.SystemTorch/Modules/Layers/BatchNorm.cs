namespace TorchSharp.Modules;

using static torch;

public abstract class BatchNorm : NormBase
{
    private protected BatchNorm(
        long num_features,
        double eps,
        double? momentum,
        bool affine,
        bool track_running_stats,
        Device device,
        ScalarType? dtype,
        string name)
        : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, name)
    {
    }

    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        var share = momentum ?? 0;
        if (training && track_running_stats)
        {
            using var quiet = no_grad();
            InPlace.Add(num_batches_tracked, 1L);
            share = momentum ?? 1.0 / num_batches_tracked.ToDouble();
        }

        // Without running statistics there are only the batch's own, in training or not.
        var byBatch = training || running_mean is null;
        return nn.functional.batch_norm(input, running_mean, running_var, weight, bias, byBatch, share, eps);
    }

    private protected static void RequireDimensions(Tensor input, string expected, bool fits)
    {
        if (!fits)
        {
            throw new ArgumentException($"Expected {expected} input, but got {input.ndim}D input.", nameof(input));
        }
    }
}
