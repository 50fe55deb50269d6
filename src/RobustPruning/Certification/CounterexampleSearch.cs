using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Looks for parameter values that move a keypoint beyond the tolerance: corners, centre, and random draws. A finding counts only if a
/// plain forward pass of the network itself, on that one image, confirms it.
/// </summary>
internal sealed class CounterexampleSearch(Graph network, Graph snapshot, SemanticSet set, CertifierOptions options)
{
    /// <summary>The worst confirmed counterexample of each keypoint, or null.</summary>
    public Counterexample?[] Search(Tensor image, double[] reference, double tolerance, CancellationToken cancellationToken)
    {
        IReadOnlyList<double[]> thetas =
            [.. set.Box.Corners(), set.Box.Centre, .. set.Box.Sample(options.Samples, new Random(options.Seed))];
        var worst = new (double Distance, double[]? Theta)[reference.Length / 2];
        foreach (var batch in thetas.Chunk(options.ImagesPerBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var outputs = snapshot.Forward(set.Apply(image, batch)).to(float64).data<double>().ToArray();
            for (var row = 0; row < batch.Length; row++)
            {
                for (var k = 0; k < worst.Length; k++)
                {
                    var distance = Distance(outputs.AsSpan(row * reference.Length, reference.Length), reference, k);
                    if (distance > worst[k].Distance)
                        worst[k] = (distance, batch[row]);
                }
            }
        }

        return [.. worst.Select((found, k) => found.Distance > tolerance ? Confirm(image, found.Theta!, reference, k, tolerance) : null)];
    }

    private Counterexample? Confirm(Tensor image, double[] theta, double[] reference, int k, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var evaluation = new EvaluationMode(network);
        var output = network.Forward(set.Apply(image, [theta])).to(float64).flatten().data<double>().ToArray();
        var distance = Distance(output, reference, k);
        return distance > tolerance ? new Counterexample(theta, output[2 * k], output[(2 * k) + 1], distance) : null;
    }

    // NaN references (no label) compare as no distance.
    private static double Distance(ReadOnlySpan<double> output, double[] reference, int k) =>
        Math.Max(Math.Abs(output[2 * k] - reference[2 * k]), Math.Abs(output[(2 * k) + 1] - reference[(2 * k) + 1]));
}
