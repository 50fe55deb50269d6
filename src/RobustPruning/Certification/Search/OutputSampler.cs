using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Runs a network on one image at many θ, in batches, on several single-threaded workers. Which θ share a batch does not depend on the
/// workers, so neither do the results. To be used within a <see cref="SingleThreaded"/> block.
/// </summary>
internal sealed class OutputSampler(SearchContext context, Tensor image, IReadOnlyList<double> reference, int workers)
{
    /// <summary>
    /// The values at each θ, or where that is not meant, near it; in order, fewer if <paramref name="stop"/> became true.
    /// </summary>
    public List<Sample> Evaluate(IReadOnlyList<double[]> thetas, Func<bool> stop, CancellationToken cancellationToken) =>
        InBatches([.. thetas.Select(context.Set.Project)], stop, cancellationToken, batch =>
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var (given, terms) = Run(context.Set.Apply(image, batch));
            var own = tensor(
                batch.SelectMany(theta => theta).ToArray(),
                [batch.Length, context.Set.Dimension],
                dtype: float64,
                device: given.device);
            var values = context.Property.BatchValues(given.to(float64), own, reference);
            var scores = context.Property is DecodedProperty ? Rows(context.Property.Violations(values, reference)) : null;
            return Rows(values)
                .Select(
                    (row, index) =>
                        new Sample(
                            batch[index],
                            Values(row),
                            Terms: terms?[index] ?? context.Property.Uncertainty(row),
                            Scores: scores?[index]));
        });

    /// <summary>Lets climbers take steps, at most so many each, and returns all they saw.</summary>
    public List<Sample> Climb(
        IReadOnlyList<CounterexampleClimber> climbers, int steps, Func<bool> stop, CancellationToken cancellationToken) =>
        InBatches(
            climbers, stop, cancellationToken, batch =>
            {
                var seen = new List<Sample>();
                for (var step = 0; step <= steps && !stop(); step++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    CounterexampleClimber[] active = [.. batch.Where(climber => !climber.IsDone)];
                    if (active.Length == 0)
                        break;
                    seen.AddRange(Step(active));
                }

                return seen;
            });

    private IEnumerable<Sample> Step(CounterexampleClimber[] climbers)
    {
        using var gradients = enable_grad();
        using var scope = NewDisposeScope();
        var theta = tensor(
                climbers.SelectMany(climber => climber.Next).ToArray(),
                [climbers.Length, context.Set.Dimension],
                dtype: image.dtype,
                device: image.device)
            .requires_grad_();
        var noise =
            climbers[0].Noise.Length == 0
                ? null
                : tensor(
                        climbers.SelectMany(climber => climber.Noise).ToArray(),
                        [climbers.Length, .. image.shape],
                        dtype: image.dtype,
                        device: image.device)
                    .requires_grad_();
        var (given, terms) = Run(context.Set.Apply(image, theta, noise));
        var values = context.Property.BatchValues(given, theta, reference);
        var claims = tensor(climbers.Select(climber => (long)climber.Claim).ToArray(), [climbers.Length, 1], device: image.device);
        var violations = context.Property.Violations(values, reference);
        violations.gather(1, claims).sum().backward();
        double[][] rows = Rows(values.detach()),
            broken = Rows(violations.detach()),
            slopes = Rows(theta.grad!),
            noiseSlopes = noise is null ? [] : Rows(noise.grad!.flatten(1));
        return climbers.Select((climber, index) =>
        {
            // Noise is as large as the input: it is kept where it is of use.
            var sample = new Sample(
                climber.Next,
                Values(rows[index]),
                noise is not null && broken[index].Any(violation => violation > 0) ? climber.Noise : null,
                terms?[index] ?? context.Property.Uncertainty(rows[index]),
                context.Property is DecodedProperty ? broken[index] : null);
            climber.Seen.Add(sample);
            climber.Take(
                context.Property.Violation(sample.Values, reference, climber.Claim),
                slopes[index],
                noise is null ? [] : noiseSlopes[index]);
            return sample;
        }).ToList();
    }

    /// <summary>The values at what the extended network gives: the same, or what is decoded from it.</summary>
    private double[] Values(double[] given) =>
        context.Property is DecodedProperty decoded ? decoded.Values(decoded.Read(given), reference) : given;

    private (Tensor Values, double[][]? Terms) Run(Tensor images)
    {
        var found = context.Network.Run(images.to(context.Network.WeightType ?? images.dtype), [context.Output, context.Network.Output]);
        using var noGradient = no_grad();
        return (
            found[context.Network.Output],
            ClaimLayer.Terms(context.Network.Output, context.Output, found[context.Output]) is { } terms ? Rows(terms) : null);
    }

    private List<Sample> InBatches<T>(
        IReadOnlyList<T> items, Func<bool> stop, CancellationToken cancellationToken, Func<T[], IEnumerable<Sample>> work)
    {
        // Few items make small batches, so that there are several to share out.
        var batches = items.Chunk(Math.Clamp(items.Count / 4, 1, context.Options.ImagesPerBatch)).ToArray();
        var samples = new List<Sample>[batches.Length];
        SingleThreaded.ForEach(batches.Length, workers, index =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            samples[index] = stop() ? [] : [.. work(batches[index])];
        });
        return [.. samples.SelectMany(batch => batch)];
    }

    private static double[][] Rows(Tensor values) =>
        [.. values.to(float64).cpu().contiguous().data<double>().ToArray().Chunk((int)values.shape[1])];
}
