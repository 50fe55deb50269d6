using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>Running sums of one node's moments, over θ within an image and over images. It owns them.</summary>
internal sealed class LayerMoments(GraphNode node, IReadOnlyList<double> shares) : IDisposable
{
    private readonly ChannelStatistics _channelBias = new(), _channelDeviation = new();
    private readonly RunningVariance _clean = new();
    private readonly RunningSum _bias = new(), _squaredBias = new(), _deviation = new();

    // Of the image at hand: the mean of Δ and of Δ² over each part of the sample, [parts, neurons], and the clean value.
    private readonly RunningSum _firstMoments = new(), _secondMoments = new();
    private Tensor? _cleanValue;

    /// <summary>
    /// Takes in the clean value first, then one value a θ, <c>[1 + θ, ...]</c>, and what each θ counts, <c>[parts, θ]</c>.
    /// </summary>
    public void Add(Tensor values, Tensor weights)
    {
        using var scope = NewDisposeScope();

        // A batch is short: 32-bit numbers are enough for its sums, and half the time.
        var type = values.dtype == float64 ? float64 : float32;
        var moved = (values.narrow(0, 1, values.shape[0] - 1) - values[0]).flatten(1).to(type);
        weights = weights.to(type);
        _firstMoments.Add(weights.mm(moved).to(float64));
        _secondMoments.Add(weights.mm(moved.Squared()).to(float64));
        _cleanValue ??= values[0].to(float64).clone().DetachFromDisposeScope();
    }

    /// <summary>Closes the image at hand.</summary>
    public void EndImage()
    {
        using var scope = NewDisposeScope();
        using var clean = _cleanValue!;
        _cleanValue = null;
        using var first = _firstMoments.Take();
        using var second = _secondMoments.Take();
        var share = tensor(shares.ToArray(), [1, shares.Count], device: first.device);
        _bias.Add(share.mm(first)[0]);
        _deviation.Add(share.mm(second)[0]);

        // Two independent means, each right in expectation: so is their product.
        _squaredBias.Add(first[0] * first[shares.Count - 1]);
        _clean.Add(clean);
        _channelBias.Add(ChannelMeans(first), shares);
        _channelDeviation.Add(ChannelMeans(second), shares);
    }

    public LayerUsn ToLayer()
    {
        using var scope = NewDisposeScope();
        var deviation = _deviation.Mean();

        // A square is not negative, and no greater than the mean square.
        var squaredBias = _squaredBias.Mean().clamp_min(Scalars.Of(0)).minimum(deviation);
        return new LayerUsn(node, Shaped(_bias.Mean()), Shaped(squaredBias), Shaped(deviation - squaredBias), Shaped(_clean.Variance()))
        {
            BiasEstimates = _channelBias.Estimates(),
            DeviationEstimates = _channelDeviation.Estimates(),
        };
    }

    public void Dispose()
    {
        foreach (var sum in new IDisposable?[] { _clean, _bias, _squaredBias, _deviation, _firstMoments, _secondMoments, _cleanValue })
            sum?.Dispose();
    }

    /// <summary>The mean over positions, part by part and channel by channel.</summary>
    private double[][] ChannelMeans(Tensor moments) =>
        [
            .. moments
                .reshape(shares.Count, node.Channels, -1)
                .mean([2])
                .cpu()
                .contiguous()
                .data<double>()
                .ToArray()
                .Chunk((int)node.Channels),
        ];

    private Tensor Shaped(Tensor values) => values.reshape([.. node.Shape]).to(float32).DetachFromDisposeScope();
}
