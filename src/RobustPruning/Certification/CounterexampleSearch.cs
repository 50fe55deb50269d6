using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Looks for parameter values that move a keypoint beyond the tolerance: corners, centre, and random draws. A finding counts only if a
/// plain forward pass of the network itself, on that one image, confirms it.
/// </summary>
internal sealed class CounterexampleSearch(Graph network, Graph snapshot, SemanticSet set, OutputProperty property, CertifierOptions options)
{
    /// <summary>The worst confirmed counterexample of each keypoint, or null; every output that was sampled widens <paramref name="sampled"/>.</summary>
    public Counterexample?[] Search(Tensor image, double[] reference, OutputRange sampled, CancellationToken cancellationToken)
    {
        IReadOnlyList<double[]> thetas =
            [.. set.Box.Corners(), set.Box.Centre, .. set.Box.Sample(options.Samples, new Random(options.Seed))];
        var worst = new (double Distance, double[]? Theta)[property.Claims(reference.Length)];
        foreach (var batch in thetas.Chunk(options.ImagesPerBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var outputs = snapshot.Forward(set.Apply(image, batch)).to(float64).cpu().data<double>().ToArray();
            for (var row = 0; row < batch.Length; row++)
            {
                var output = outputs[(row * reference.Length)..((row + 1) * reference.Length)];
                sampled.Add(output, output);
                for (var k = 0; k < worst.Length; k++)
                {
                    // A NaN distance (no label) compares as no distance.
                    var distance = property.Violation(output, reference, k);
                    if (distance > worst[k].Distance)
                        worst[k] = (distance, batch[row]);
                }
            }
        }

        return [.. worst.Select((found, k) => found.Distance > 0 ? Confirm(image, found.Theta!, reference, k) : null)];
    }

    private Counterexample? Confirm(Tensor image, double[] theta, double[] reference, int k)
    {
        using var scope = NewDisposeScope();
        using var evaluation = new EvaluationMode(network);
        var output = network.Forward(set.Apply(image, [theta])).to(float64).cpu().flatten().data<double>().ToArray();
        var distance = property.Violation(output, reference, k);
        return distance > 0 ? new Counterexample(theta, output, distance) : null;
    }
}
