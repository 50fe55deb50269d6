using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Usn;

/// <summary>
/// Measures USN at parameters θ, uniform on the set's box; θ that are not admissible are moved to one that is. By default they are drawn as
/// low-discrepancy sequences, new ones for every image; <see cref="GaussLegendre"/> places them. Moments are streamed: memory grows neither
/// with the number of images nor with that of θ. Noise and the 32-bit network's own rounding count as no move of θ.
/// </summary>
public sealed class SampledUsnMetric : IUsnMetric
{
    // Moved images that go through the network at once.
    private const int BatchSize = 64;

    private readonly ParameterRule _rule;
    private readonly int _seed;

    /// <summary>Creates a metric that draws θ.</summary>
    /// <param name="samples">Parameter values for each image, at least 2: half of them independent of the other half.</param>
    /// <param name="seed">The seed of what is drawn.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 2.</exception>
    public SampledUsnMetric(int samples = 16, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 2);
        (_rule, _seed) = (new QuasiRandomRule(samples), seed);
    }

    private SampledUsnMetric(ParameterRule rule) => _rule = rule;

    /// <inheritdoc/>
    public string Name => $"sampled, {_rule.Name}";

    /// <summary>
    /// A metric at the nodes of Gauss and Legendre: its means are exact where values depend on θ by polynomials of degree up to
    /// 2·<paramref name="pointsPerParameter"/> − 1 in each parameter (squares of values count twice), and nearly so where they are smooth.
    /// </summary>
    /// <param name="pointsPerParameter">Parameter values for each image are this number to the power of d; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="pointsPerParameter"/> is below 1.</exception>
    public static SampledUsnMetric GaussLegendre(int pointsPerParameter = 4)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pointsPerParameter, 1);
        return new(new GaussLegendreRule(pointsPerParameter));
    }

    /// <inheritdoc/>
    public UsnMeasurement Measure(
        Graph network, Tensor images, SemanticSet set, IReadOnlyCollection<GraphNode> nodes, CancellationToken cancellationToken = default)
    {
        network.RequireBatch(images);
        using var noGradient = no_grad();
        using var evaluation = new EvaluationMode(network);
        using var scope = NewDisposeScope();
        var random = new Random(_seed);
        var moments = nodes.Distinct().ToDictionary(node => node, node => new LayerMoments(node, _rule.Shares));
        try
        {
            for (var n = 0L; n < images.shape[0]; n++)
            {
                using var inner = NewDisposeScope();
                var image = images[n];
                foreach (var batch in _rule.Draw(set.Box, random).Chunk(BatchSize))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Measure(network, image, set, batch, moments);
                }

                foreach (var layer in moments.Values)
                    layer.EndImage();
            }

            return new UsnMeasurement([.. moments.Values.Select(layer => layer.ToLayer())]);
        }
        finally
        {
            foreach (var layer in moments.Values)
                layer.Dispose();
        }
    }

    private void Measure(Graph network, Tensor image, SemanticSet set, ParameterSample[] batch, Dictionary<GraphNode, LayerMoments> moments)
    {
        using var scope = NewDisposeScope();
        var moved = set.Apply(image, [.. batch.Select(sample => set.Project(sample.Theta))]);
        var values = network.Run(cat([image.unsqueeze(0), moved], 0), moments.Keys);
        var weights = Weights(batch).to(image.device);
        foreach (var (node, layer) in moments)
            layer.Add(values[node], weights);
    }

    /// <summary>What each θ counts in the mean over each part, <c>[parts, θ]</c>.</summary>
    private Tensor Weights(ParameterSample[] batch)
    {
        var weights = new double[_rule.Shares.Count, batch.Length];
        foreach (var (index, sample) in batch.Index())
            weights[sample.Part, index] = sample.Weight;
        return tensor(weights);
    }
}
