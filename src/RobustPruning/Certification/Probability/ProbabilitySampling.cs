using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Estimates the probability that each claim about an image holds when θ is drawn uniformly from the set's box, or from what of it is
/// admissible, and noise, if the set has any, uniformly for each value. By plain forward passes of the network as it is; no other thread
/// may train it meanwhile.
/// </summary>
public sealed class ProbabilitySampling
{
    // Where less than this share of the box is admissible, drawing until one is takes too long.
    private const int MostDraws = 1000;

    private readonly Graph _network;
    private readonly SemanticSet _set;
    private readonly OutputProperty _property;
    private readonly ProbabilitySamplingOptions _options;

    /// <summary>Prepares the sampling.</summary>
    /// <param name="network">The network; its output is a vector <c>[F]</c>.</param>
    /// <param name="set">What may change.</param>
    /// <param name="property">What is to hold.</param>
    /// <param name="options">How many samples, and how sure to be; defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="GraphException">The property does not fit the output.</exception>
    public ProbabilitySampling(Graph network, SemanticSet set, OutputProperty property, ProbabilitySamplingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(property);
        _options = options ?? new ProbabilitySamplingOptions();
        _options.Validate();
        property.RequireOutput(network.Output);
        (_network, _set, _property) = (network, set, property);
    }

    /// <summary>Samples one image.</summary>
    /// <param name="image">The clean image in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="label">The true output <c>[F]</c>, NaN where missing; null to measure from the clean prediction.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>One estimate for each claim, in order.</returns>
    /// <exception cref="ArgumentException">
    /// The image is not finite or, with a clip, not in [0, 1]; or the label does not fit the output or the property.
    /// </exception>
    /// <exception cref="GraphException">The image has another shape than the network takes.</exception>
    /// <exception cref="InvalidOperationException">Less than a thousandth of the box is admissible.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public IReadOnlyList<ProbabilityEstimate> Estimate(Tensor image, Tensor? label = null, CancellationToken cancellationToken = default)
    {
        _set.RequireImage(image);
        _property.RequireSet(_set, image.shape);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var evaluation = new EvaluationMode(_network);
        using var generator = new Generator((ulong)_options.Seed);
        var predicted = _property.Read(Rows(_network.Forward(image.unsqueeze(0)))[0]);
        var reference = CertificationEngine.Reference(_property, predicted, label);
        var successes = new long[_property.Claims(predicted.Length)];
        foreach (var batch in Draw().Chunk(_options.ImagesPerBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            foreach (var (theta, output) in batch.Zip(Rows(_network.Forward(Apply(image, batch, generator)))))
            {
                var values = _property.Values(_property.Read(output), theta, reference);
                for (var claim = 0; claim < successes.Length; claim++)
                {
                    // An output that is not a number compares as false: the claim does not hold there.
                    if (_property.Violation(values, reference, claim) <= 0)
                        successes[claim]++;
                }
            }
        }

        return [.. successes.Select((count, claim) =>
        {
            var samples = _property.IsStated(reference, claim) ? _options.Samples : 0;
            var (lower, upper) = ClopperPearson.Interval(count, samples, _options.Confidence);
            return new ProbabilityEstimate(claim, samples, count, _options.Confidence, lower, upper);
        })];
    }

    private IEnumerable<double[]> Draw()
    {
        var random = new Random(_options.Seed);
        var draws = 0L;
        for (var sample = 0; sample < _options.Samples; sample++)
        {
            var theta = _set.Box.Sample(1, random)[0];
            for (; !_set.IsAdmissible(new ParameterBox(theta, theta)); theta = _set.Box.Sample(1, random)[0])
            {
                if (++draws > (long)MostDraws * _options.Samples)
                    throw new InvalidOperationException(
                        $"Less than one θ of {_set.Box} in {MostDraws} is admissible: too few to sample from.");
            }

            yield return theta;
        }
    }

    private Tensor Apply(Tensor image, double[][] thetas, Generator generator)
    {
        var theta = ParameterRows.Of(thetas, image);
        if (_set.Noise == 0)
            return _set.Apply(image, theta);
        var noise = rand([thetas.Length, .. image.shape], dtype: image.dtype, generator: generator)
            .mul(Scalars.Of(2))
            .sub(Scalars.Of(1))
            .to(image.device);
        return _set.Apply(image, theta, noise * _set.NoiseRadii.Like(image));
    }

    private static double[][] Rows(Tensor outputs) =>
        [.. outputs.to(float64).cpu().flatten(1).contiguous().data<double>().ToArray().Chunk((int)(outputs.numel() / outputs.shape[0]))];
}
