using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>
/// Measures USN from sampled parameters, θ uniform on the set's box and drawn as a low-discrepancy sequence. Moments are streamed:
/// memory does not grow with the number of images.
/// </summary>
public sealed class SampledUsnMetric : IUsnMetric
{
    private readonly int _samples;

    /// <summary>Creates the metric.</summary>
    /// <param name="samples">Parameter values for each image, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public SampledUsnMetric(int samples = 16)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        _samples = samples;
    }

    /// <inheritdoc/>
    public string Name => $"sampled, {_samples} θ";

    /// <inheritdoc/>
    public UsnMeasurement Measure(Graph network, Tensor images, SemanticSet set, CancellationToken cancellationToken = default)
    {
        if (images.dim() != 4 || images.shape[0] == 0)
            throw new ArgumentException($"Calibration images are [N, C, H, W], but these are [{string.Join(", ", images.shape)}].", nameof(images));
        using var noGradient = no_grad();
        using var evaluation = new EvaluationMode(network);
        using var scope = NewDisposeScope();
        GraphNode[] nodes = [.. network.PreActivations];
        double[][] thetas = [.. LowDiscrepancySequence.Points(set.Box, _samples).Select(set.Project)];
        var moments = nodes.ToDictionary(node => node, _ => new LayerMoments());
        for (var n = 0L; n < images.shape[0]; n++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var image = images[n];
            var values = network.Run(cat([image.unsqueeze(0), set.Apply(image, thetas)], 0), nodes);
            foreach (var node in nodes)
                moments[node].Add(values[node].to(float64));
        }

        return new UsnMeasurement([.. nodes.Select(node => moments[node].ToLayer(node))]);
    }

    /// <summary>Running sums over images of one layer's moments over θ.</summary>
    private sealed class LayerMoments
    {
        private long _images;
        private Tensor? _bias, _squaredBias, _variance, _cleanMean, _cleanSquares;

        /// <summary>Takes in one image: its clean value first, then one value a θ.</summary>
        public void Add(Tensor values)
        {
            using var scope = NewDisposeScope();
            var clean = values[0];
            var moved = values.narrow(0, 1, values.shape[0] - 1) - clean;
            var bias = moved.mean([0]);
            _images++;
            Sum(ref _bias, bias);
            Sum(ref _squaredBias, bias.square());
            Sum(ref _variance, (moved - bias).square().mean([0]));

            // Welford's update of the variance of the clean value across images.
            var before = _cleanMean is null ? zeros_like(clean) : _cleanMean.alias();
            var change = clean - before;
            Replace(ref _cleanMean, before + (change / _images));
            Sum(ref _cleanSquares, change * (clean - _cleanMean!));
        }

        public LayerUsn ToLayer(GraphNode node)
        {
            var layer = new LayerUsn(node, Mean(_bias!), Mean(_squaredBias!), Mean(_variance!), Mean(_cleanSquares!));
            foreach (var sum in new[] { _bias, _squaredBias, _variance, _cleanMean, _cleanSquares })
                sum!.Dispose();
            return layer;
        }

        private Tensor Mean(Tensor sum) => (sum / _images).to(float32).DetachFromDisposeScope();

        private static void Sum(ref Tensor? sum, Tensor value) => Replace(ref sum, sum is null ? value.clone() : sum + value);

        private static void Replace(ref Tensor? old, Tensor value)
        {
            old?.Dispose();
            old = value.DetachFromDisposeScope();
        }
    }
}
