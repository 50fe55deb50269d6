using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// What certifiers and radius searches share: a frozen copy of the network beside the network itself, and how an image is decided.
/// </summary>
internal sealed class CertificationEngine : IDisposable
{
    private readonly Graph _network;
    private readonly GraphModule _snapshot;
    private readonly GraphNode _snapshotOutput;
    private readonly OutputProperty _property;
    private readonly CertifierOptions _options;
    private readonly string _modelDigest;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Lock _running = new();

    public CertificationEngine(Graph network, OutputProperty property, CertifierOptions options, ILogger? logger = null)
    {
        _logger = logger ?? NullLogger.Instance;
        options.Validate();
        property.RequireOutput(network.Output);
        network.RequireFiniteWeights();
        _network = network;
        _property = property;
        _options = options;
        _modelDigest = Digest.Of(network);
        (_snapshot, _snapshotOutput) = Snapshot(network, property);
    }

    /// <summary>One certificate an image; several images at once share the workers.</summary>
    public IReadOnlyList<Certificate> Certify(
        SemanticSet set,
        IReadOnlyList<Tensor> images,
        IReadOnlyList<Tensor>? labels,
        IProgress<CertificationProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (images.Count == 0)
            return [];
        _property.RequireSet(set, images[0].shape);
        lock (_gate)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            using var threads = new SingleThreaded();
            using var evaluation = new EvaluationMode(_network);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var predicted = images.Select(image => Predict(set, image)).ToList();
            var references = predicted.Select((output, index) => Reference(_property, output, labels?[index])).ToList();
            var certificates = new Certificate[images.Count];
            var atOnce = Math.Min(_options.Workers, images.Count);
            SingleThreaded.ForEach(images.Count, atOnce, index =>
            {
                try
                {
                    certificates[index] = Decide(
                        new SearchContext(_snapshot.Graph, _snapshotOutput, set, _property, _options),
                        images[index], predicted[index], references[index], labels is not null, _options.Workers / atOnce, Report(index),
                        stop.Token);
                    _logger.LogInformation(
                        "Image {Image} of {Images}: {Certificate}, {Boxes} boxes.",
                        index + 1, images.Count, certificates[index], certificates[index].Boxes);
                }
                catch
                {
                    stop.Cancel();
                    throw;
                }
            });
            return certificates;

            Action<BranchAndBound> Report(int image) => search =>
            {
                if (progress is null)
                    return;
                var claims = _property.Claims(predicted[image].Length);
                lock (_running)
                    progress.Report(
                        new CertificationProgress(
                            image, images.Count, search.Boxes, search.Leaves.Open(), claims - search.Leaves.OpenClaims().Count, claims));
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _snapshot.Dispose();

    private Certificate Decide(
        SearchContext context,
        Tensor image,
        double[] predicted,
        double[] reference,
        bool againstLabel,
        int workers,
        Action<BranchAndBound> report,
        CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var ledger = new ClaimLedger(_property, reference, _property.Claims(predicted.Length), sample => Run(context.Set, image, sample));
        var search = new BranchAndBound(context, image, reference, ledger, workers, report, cancellationToken);
        search.Run();
        var leaves = search.Leaves.Leaves();
        return new Certificate(context.Set, _property, againstLabel, predicted, reference,
            [.. ledger.Counterexamples.Select((found, claim) => ClaimResult.Of(_property, reference, leaves, claim, found))],
            leaves, _options, search.Boxes, search.UnstableNeurons, search.Elapsed)
        {
            ModelDigest = _modelDigest,
            ImageDigest = Digest.Of(image),
        };
    }

    /// <summary>The network's output on the clean image, which must still be what it was when the copy was made.</summary>
    private double[] Predict(SemanticSet set, Tensor image)
    {
        set.RequireImage(image);
        using var scope = NewDisposeScope();
        var now = Numbers(_network.Forward(image.unsqueeze(0)));
        if (!now.All(double.IsFinite))
            throw new GraphException(_network.Output.Name, "its value on the clean image contains NaN or infinity.");
        var before = Numbers(
            _snapshot.Graph.Run(image.unsqueeze(0).to(_snapshot.Graph.WeightType ?? image.dtype), [_snapshotOutput])[_snapshotOutput]);
        var scale = 1 + now.Max(Math.Abs);
        if (before.Zip(now, (then, output) => Math.Abs(then - output)).Any(change => !(change <= 1e-3 * scale)))
            throw new InvalidOperationException("The network has been changed since this certifier was made; make a new one.");
        return _property.Read(now);
    }

    /// <summary>What distances are measured from: the prediction or the label; empty for a property without a reference.</summary>
    public static double[] Reference(OutputProperty property, double[] predicted, Tensor? label)
    {
        if (label is null)
            return property.HasReference ? predicted : [];
        if (!property.HasReference)
            throw new ArgumentException($"'{property}' is not measured from a label.", nameof(label));
        if (label.numel() != predicted.Length)
            throw new ArgumentException($"The label has {label.numel()} values, but the network gives {predicted.Length}.", nameof(label));
        var reference = Numbers(label);
        if (reference.Any(double.IsInfinity))
            throw new ArgumentException("The label contains infinity; a missing label is NaN.", nameof(label));
        return reference;
    }

    private double[] Run(SemanticSet set, Tensor image, Sample sample)
    {
        // A user's own modules need not stand several passes at once.
        lock (_running)
        {
            using var scope = NewDisposeScope();
            return Numbers(_network.Forward(set.ApplyOne(image, sample.Theta, sample.Noise)));
        }
    }

    /// <summary>
    /// A frozen copy whose output is the values that the property looks at, and the node of it that is the network's own output.
    /// </summary>
    private static (GraphModule Copy, GraphNode Output) Snapshot(Graph network, OutputProperty property)
    {
        var extended = property.Extend(network);
        var snapshot = BatchNormalizationFolding.Fold(extended);
        if (extended != network)
            extended.Output.Module?.Dispose();

        // What was added stands in a row behind it.
        var output = snapshot.Graph.Output;
        for (var added = extended.Nodes.Count - network.Nodes.Count; added > 0; added--)
            output = output.Inputs[0];
        return (snapshot, output);
    }

    private static double[] Numbers(Tensor output) => output.to(float64).cpu().flatten().data<double>().ToArray();
}
