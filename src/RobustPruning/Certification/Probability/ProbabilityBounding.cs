using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Bounds the probability that keypoints move from their clean predictions by more than a tolerance when θ is drawn uniformly from the
/// set's box, from how much the neurons of a layer move and how far that can carry: see <see cref="ProbabilityBound"/>. With a
/// <see cref="BoundUsnMetric"/> that is a proof; with a sampled metric <see cref="ProbabilitySampling"/> is nearly always tighter, and
/// has a confidence.
/// </summary>
public sealed class ProbabilityBounding
{
    // What the sum over a layer's neurons may lose, with room to spare.
    private const double Outward = 1 + 1e-9;

    private readonly Graph _network;
    private readonly SemanticSet _set;
    private readonly KeypointProperty _property;
    private readonly IUsnMetric _metric;
    private readonly GraphNode[] _cuts;
    private readonly LipschitzBound _output;
    private readonly IReadOnlyList<LipschitzBound> _keypoints;

    /// <summary>Prepares the bounds for a network with the weights that it has now.</summary>
    /// <param name="network">The network; its output is a vector <c>[2K]</c>.</param>
    /// <param name="set">What may change.</param>
    /// <param name="property">What is to hold, measured from the clean prediction.</param>
    /// <param name="metric">How neurons are measured; <see cref="BoundUsnMetric"/> if null.</param>
    /// <exception cref="GraphException">The property does not fit the output, or a weight is not finite.</exception>
    public ProbabilityBounding(Graph network, SemanticSet set, KeypointProperty property, IUsnMetric? metric = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(property);
        property.RequireOutput(network.Output);
        if (property.Moves)
            throw new ArgumentException(
                "The bound is of keypoints that stay, but these move with the scene: use ProbabilitySampling.",
                nameof(property));
        network = network.Flattened();
        (_network, _set, _property, _metric) = (network, set, property, metric ?? new BoundUsnMetric());
        _output = LipschitzBound.Of(network);
        var claims = Enumerable.Range(0, property.Claims((int)network.Output.Channels));
        _keypoints = [.. claims.Select(claim => _output.ForOutputs(property.ValuesOf(claim)))];

        // Where bounds come in one pass; other cuts are affine maps of these, or nonlinearities.
        _cuts = [.. network.PreActivations.Append(network.Output).Where(_output.Cuts.Contains)];
    }

    /// <summary>Bounds one image's keypoints, each by itself.</summary>
    /// <param name="image">The clean image in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>For each keypoint, in order, the best bound over the cuts.</returns>
    /// <exception cref="ArgumentException">The image is not finite or, with a clip, not in [0, 1].</exception>
    /// <exception cref="GraphException">The image has another shape than the network takes.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public IReadOnlyList<ProbabilityBound> Keypoints(Tensor image, CancellationToken cancellationToken = default)
    {
        using var measurement = Measure(image, cancellationToken);
        return [.. _keypoints.Select((bound, claim) => Best(measurement, bound, claim))];
    }

    /// <summary>Bounds one image's output as a whole.</summary>
    /// <param name="image">The clean image in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>One bound for each cut among the pre-activations and the output, in the graph's order.</returns>
    /// <exception cref="ArgumentException">The image is not finite or, with a clip, not in [0, 1].</exception>
    /// <exception cref="GraphException">The image has another shape than the network takes.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public IReadOnlyList<ProbabilityBound> Cuts(Tensor image, CancellationToken cancellationToken = default)
    {
        using var measurement = Measure(image, cancellationToken);
        return [.. _cuts.Select(cut => At(measurement, cut, _output, null))];
    }

    private UsnMeasurement Measure(Tensor image, CancellationToken cancellationToken)
    {
        _set.RequireImage(image);
        using var images = image.unsqueeze(0);
        return _metric.Measure(_network, images, _set, _cuts, cancellationToken);
    }

    private ProbabilityBound Best(UsnMeasurement measurement, LipschitzBound bound, int claim) =>
        _cuts.Select(cut => At(measurement, cut, bound, claim)).MinBy(found => found.Constant * found.Constant * found.Deviation)!;

    private ProbabilityBound At(UsnMeasurement measurement, GraphNode cut, LipschitzBound bound, int? claim)
    {
        using var scope = NewDisposeScope();
        var layer = measurement[cut];

        // At the output the deviations of the keypoint's own coordinates are enough, and nothing lies between.
        var deviations = layer.Deviation.to(float64).flatten();
        if (cut == _network.Output && claim is { } keypoint)
            deviations = stack([.. _property.ValuesOf(keypoint).Select(value => deviations[value])], 0);
        var sum = deviations.sum().item<double>() * Outward;
        return new(claim, cut, bound[cut], sum, _property.Tolerance, _metric.Name, layer.IsUpperBound);
    }
}
