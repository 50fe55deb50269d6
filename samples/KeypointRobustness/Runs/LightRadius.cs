using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace KeypointRobustness.Runs;

/// <summary>How much of the range each keypoint of an image is certified for.</summary>
/// <param name="Shares">
/// By keypoint: 1 for the whole range, 0 for less than could be tried, null for an unlabelled one and one that is wrong already.
/// </param>
internal sealed record LightRadius(IReadOnlyList<double?> Shares)
{
    // Factors tried for a keypoint: each gets its part of the image's time.
    private const int Factors = 8;

    private static readonly RadiusSearchOptions Search = new() { Tolerance = 0.05, LeastFactor = 0.01 };

    /// <summary>Searches the keypoints that the certificate leaves open or breaks, one by one.</summary>
    /// <param name="network">The network.</param>
    /// <param name="set">The whole range.</param>
    /// <param name="property">What is to hold.</param>
    /// <param name="options">How to work; the time limit is for a keypoint.</param>
    /// <param name="image">The network's input on the clean scene.</param>
    /// <param name="certificate">What is known of the whole range.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static LightRadius Find(
        Graph network, SemanticSet set, OutputProperty property, CertifierOptions options, Tensor image, Certificate certificate,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var search = new RadiusSearch(
            network, set, property, Search with
            {
                Certifier = options with { TimeLimit = options.TimeLimit / Factors },
            });
        return new LightRadius([.. certificate.Keypoints.Select(Share)]);

        double? Share(KeypointResult keypoint)
        {
            if (keypoint.Verdict == Verdict.Certified)
                return 1;
            if (keypoint.Verdict == Verdict.Unlabelled || CertificationRun.IsWrongAlready(keypoint, certificate))
                return null;
            var alone = Enumerable.Repeat(float.NaN, 2 * certificate.Claims.Count).ToArray();
            (alone[2 * keypoint.Index], alone[(2 * keypoint.Index) + 1]) = ((float)keypoint.ReferenceX, (float)keypoint.ReferenceY);
            return search.Search(image, tensor(alone), cancellationToken: cancellationToken).Certified;
        }
    }
}
