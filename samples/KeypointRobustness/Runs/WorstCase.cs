using System.Globalization;
using KeypointRobustness.Pictures;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace KeypointRobustness.Runs;

/// <summary>
/// The change of the scene that was found to move a keypoint furthest: the worst counterexample, or without one the worst corner of the
/// set.
/// </summary>
/// <param name="Theta">The parameters.</param>
/// <param name="Positions">Where the network then finds the keypoints, x and y in turn, in pixels of its input.</param>
/// <param name="Input">The network's input then.</param>
internal sealed record WorstCase(IReadOnlyList<double> Theta, IReadOnlyList<double> Positions, ImageData Input)
{
    private const int MostDimensions = 6;

    /// <summary>Finds it for one image.</summary>
    /// <param name="network">The network.</param>
    /// <param name="set">What may change.</param>
    /// <param name="decoder">What reads keypoints off the network's output; null for coordinates.</param>
    /// <param name="image">The network's input on the clean scene.</param>
    /// <param name="certificate">What was found about it.</param>
    public static WorstCase Find(Graph network, SemanticSet set, HeatmapDecoder? decoder, ImageData image, Certificate certificate)
    {
        using var scope = NewDisposeScope();
        var clean = image.ToTensor();
        if (certificate.Claims.Select(claim => claim.Counterexample).OfType<Counterexample>().MaxBy(found => found.Violation) is { } worst)
            return Of(worst.Theta, worst.Input(set, clean)[0]);
        double[][] corners = [.. Corners(set).Select(set.Project)];
        var moved = set.Apply(clean, corners);
        var positions = Positions(moved);
        var reference = certificate.Keypoints.Where(keypoint => keypoint.Verdict != Verdict.Unlabelled).ToList();
        var furthest = Enumerable
            .Range(0, corners.Length)
            .MaxBy(corner =>
                reference
                    .Select(keypoint =>
                        Math.Max(
                            Math.Abs(positions[corner][2 * keypoint.Index] - keypoint.ReferenceX),
                            Math.Abs(positions[corner][(2 * keypoint.Index) + 1] - keypoint.ReferenceY)))
                    .DefaultIfEmpty(0)
                    .Max());
        return Of(corners[furthest], moved[furthest]);

        WorstCase Of(IReadOnlyList<double> theta, Tensor input) => new(theta, Positions(input.unsqueeze(0))[0],
            new ImageData(input.clamp(0, 1).to(float32).contiguous().data<float>().ToArray(), image.Channels, image.Height, image.Width));

        double[][] Positions(Tensor images) =>
            [
                .. KeypointEvaluation
                    .Predict(network, images.to(float32), decoder)
                    .to(float64)
                    .data<double>()
                    .ToArray()
                    .Chunk(2 * certificate.Claims.Count),
            ];
    }

    /// <summary>
    /// The worst case as fine as an image is shown, where the change is one of each pixel by itself; otherwise as the network sees it.
    /// </summary>
    public ShownImage Show(SemanticSet set, ShownImage clean)
    {
        if (clean.FactorX == 1
            || set.Noise > 0
            || set.EightBitRounding
            || !set.Transforms.All(transform =>
                transform is Brightness or Contrast { Pivot: ContrastPivot.Zero } or Saturation or GammaCorrection))
            return ShownImage.Of(Input);
        using var scope = NewDisposeScope();
        var moved = set.Apply(clean.Pixels.ToTensor(), [[.. Theta]])[0].clamp(0, 1).to(float32).contiguous();
        return clean with
        {
            Pixels = new ImageData(moved.data<float>().ToArray(), clean.Pixels.Channels, clean.Pixels.Height, clean.Pixels.Width),
        };
    }

    /// <summary>The parameters in words, such as 'brightness −0.05, contrast +0.02'.</summary>
    public static string Describe(SemanticSet set, IReadOnlyList<double> theta) =>
        string.Join(
            ", ",
            set.Parameters.Zip(
                theta,
                (parameter, value) => string.Create(CultureInfo.InvariantCulture, $"{parameter.Name} {value:+0.####;−0.####;0}")));

    private static IEnumerable<double[]> Corners(SemanticSet set) =>
        set.Dimension > MostDimensions
            ?
            [
                [.. set.Box.Lower],
                [.. set.Box.Upper],
            ]
            : Enumerable
                .Range(0, 1 << set.Dimension)
                .Select(corner =>
                    Enumerable
                        .Range(0, set.Dimension)
                        .Select(side => (corner >> side & 1) == 0 ? set.Box.Lower[side] : set.Box.Upper[side])
                        .ToArray());
}
