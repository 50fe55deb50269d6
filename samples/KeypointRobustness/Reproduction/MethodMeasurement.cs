using System.Diagnostics;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using RobustPruning.Usn;
using static TorchSharp.torch;

namespace KeypointRobustness.Reproduction;

/// <summary>Measures a trained network: how sure it is, and how hard to certify.</summary>
internal static class MethodMeasurement
{
    private const int SampledCellsPerSide = 7;

    // So far that one box settles every keypoint.
    private const double Anywhere = 1e6;

    /// <summary>Bounds of one box over the whole set, an image.</summary>
    public static IReadOnlyList<Certificate> OneBox(
        GraphModule network, SemanticSet light, Tensor images, CancellationToken cancellationToken)
    {
        using var certifier = new Certifier(
            network, light, Anywhere, new CertifierOptions
            {
                MaxBoxes = 1,
                Samples = 0,
                GradientSteps = 0,
            });
        return certifier.CertifyMany(images, cancellationToken: cancellationToken);
    }

    /// <summary>One result for each certified image, in order.</summary>
    public static IReadOnlyList<ImageResult> Certify(
        GraphModule network, SemanticSet light, ReproductionPreset preset, KeypointData data, CancellationToken cancellationToken)
    {
        // The first box of a process also compiles what bounds it: that is not to be timed.
        using (var first = data.Images.narrow(0, 0, 1))
            OneBox(network, light, first, cancellationToken);
        var boxes = OneBox(network, light, data.Images, cancellationToken);
        var answers = preset.Questions.Select(question => Answers(network, light, preset, question, data, cancellationToken)).ToList();
        return [.. boxes.Select((box, index) =>
        {
            using var scope = NewDisposeScope();
            var labelled = Labelled(data, index);
            var samples = Sample(network.Graph, light, data.Images[index]);
            return new ImageResult(
                Width(box.Keypoints.Select(keypoint => (keypoint.CertifiedRange, labelled[keypoint.Index]))),
                Width(samples.Select((range, keypoint) => (range, labelled[keypoint]))),
                box.UnstableNeurons, box.Elapsed.TotalSeconds, [.. answers.Select(all => all[index])]);
        })];
    }

    /// <summary>
    /// The share of labelled keypoints that are predicted within a tolerance of their label along both axes; NaN without one.
    /// </summary>
    public static double CorrectShare(Graph network, KeypointData data, double tolerance)
    {
        using var scope = NewDisposeScope();
        var distances = (KeypointEvaluation.Predict(network, data.Images) - data.Labels).abs().reshape(-1, 2).amax(1);
        var labelled = distances.isnan().logical_not();
        return (double)distances.le(tolerance).sum().item<long>() / labelled.sum().item<long>();
    }

    /// <summary>The raw deviation of all neurons, channel by channel.</summary>
    public static IReadOnlyList<LayerDeviation> Deviations(
        Graph network, SemanticSet light, Tensor images, CancellationToken cancellationToken)
    {
        using var measurement = new SampledUsnMetric().Measure(network, images, light, cancellationToken);
        return [.. measurement.Layers.Select(layer => new LayerDeviation(layer.Node.Name, layer.ChannelDeviation()))];
    }

    private static List<Answer> Answers(
        GraphModule network, SemanticSet light, ReproductionPreset preset, Question question, KeypointData data,
        CancellationToken cancellationToken)
    {
        using var certifier = new Certifier(network, light, question.Tolerance, new CertifierOptions { MaxBoxes = preset.Boxes });
        var answers = new List<Answer>();
        for (var index = 0; index < data.Count; index++)
        {
            using var scope = NewDisposeScope();
            var before = ProcessorTime();
            var certificate = certifier.Certify(
                data.Images[index],
                question.AgainstLabel ? data.Labels[index] : null,
                cancellationToken: cancellationToken);
            var worked = ProcessorTime() - before;
            var labelled = Labelled(data, index);
            var verdicts = certificate.Keypoints.Where(keypoint => labelled[keypoint.Index]).ToLookup(keypoint => keypoint.Verdict);
            answers.Add(new Answer(
                verdicts[Verdict.Certified].Count(), verdicts[Verdict.Falsified].Count(), verdicts[Verdict.Unknown].Count(),
                certificate.Boxes, certificate.Elapsed.TotalSeconds, worked.TotalSeconds));
        }

        return answers;
    }

    /// <summary>How far samples move each keypoint, the mean of its range in x and in y.</summary>
    private static double[] Sample(Graph network, SemanticSet light, Tensor image)
    {
        using var scope = NewDisposeScope();
        var thetas = light.Box.Corners().Concat(light.Box.Grid(SampledCellsPerSide).Select(cell => cell.Centre)).ToList();
        var outputs = KeypointEvaluation.Predict(network, light.Apply(image, thetas)).to(float64);
        return (outputs.amax([0]) - outputs.amin([0])).reshape(-1, 2).mean([1]).data<double>().ToArray();
    }

    private static bool[] Labelled(KeypointData data, long image)
    {
        using var scope = NewDisposeScope();
        return [.. data.Labels[image].isnan().reshape(-1, 2).any(1).data<bool>().ToArray().Select(missing => !missing)];
    }

    private static double Width(IEnumerable<(double Range, bool Labelled)> keypoints) =>
        keypoints.Where(keypoint => keypoint.Labelled).Average(keypoint => keypoint.Range);

    private static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
