using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>White balance: a gain for each channel, <c>x_c (1 + θ_c)</c>.</summary>
public sealed class WhiteBalance : GainField, IDescribedTransform
{
    /// <summary>Gains that all have the same range.</summary>
    /// <param name="lower">The least θ of each channel.</param>
    /// <param name="upper">The greatest θ of each channel.</param>
    /// <param name="channels">The number of channels; at least 1.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no channel.</exception>
    public WhiteBalance(double lower, double upper, int channels = 3)
        : base([.. Enumerable.Range(0, Require(channels)).Select(channel => new ParameterRange(Name(channel), lower, upper))])
    {
    }

    /// <summary>Gains with ranges of their own.</summary>
    /// <param name="gains">The range of θ of each channel.</param>
    public WhiteBalance(ParameterBox gains)
        : base([
            .. (gains ?? throw new ArgumentNullException(nameof(gains)))
                .Lower.Zip(gains.Upper)
                .Select((side, channel) => new ParameterRange(Name(channel), side.First, side.Second)),
        ])
    {
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image has another number of channels.</exception>
    public override Tensor Fields(Tensor image)
    {
        if (image.dim() != 3 || image.shape[0] != Parameters.Count)
            throw new ArgumentException(
                $"The white balance is of images [{Parameters.Count}, H, W], but this one is [{string.Join(", ", image.shape)}].",
                nameof(image));
        using var scope = NewDisposeScope();
        return eye(Parameters.Count, dtype: image.dtype, device: image.device)
            .reshape(Parameters.Count, Parameters.Count, 1, 1)
            .MoveToOuterDisposeScope();
    }

    internal override long Terms(long values) => 1;

    TransformDescription IDescribedTransform.Describe() => new WhiteBalanceDescription(Parameters.Count);

    private static string Name(int channel) => $"gain of channel {channel}";

    private static int Require(int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        return channels;
    }
}
