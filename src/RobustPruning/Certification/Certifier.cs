using System.Diagnostics;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Certifies a keypoint detector against a set of semantic changes: see <see cref="KeypointProperty"/> for what is to hold. The certifier
/// works on a copy of the weights as they are when it is made. Calls from several threads wait for each other; no other thread may run
/// or train the network meanwhile.
/// </summary>
public sealed class Certifier : IDisposable
{
    private readonly Graph _network;
    private readonly GraphModule _snapshot;
    private readonly SemanticSet _set;
    private readonly OutputProperty _property;
    private readonly Lock _gate = new();
    private readonly CertifierOptions _options;

    /// <summary>Makes a certifier for a network that declares its nodes.</summary>
    /// <param name="network">The keypoint detector.</param>
    /// <param name="set">What may change.</param>
    /// <param name="tolerance">How far a keypoint may move along an axis and still be correct, in pixels; positive.</param>
    /// <param name="options">How to work; defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance or an option is out of its range.</exception>
    /// <exception cref="GraphException">A weight is NaN or infinite, or the output is not pairs of coordinates.</exception>
    public Certifier(GraphModule network, SemanticSet set, double tolerance, CertifierOptions? options = null)
        : this(network?.Graph ?? throw new ArgumentNullException(nameof(network)), set, tolerance, options)
    {
    }

    /// <summary>Makes a certifier for any graph, for example that of a <c>Sequential</c>: <c>Graph.Of(model, 3, 64, 64)</c>.</summary>
    /// <param name="network">The keypoint detector.</param>
    /// <param name="set">What may change.</param>
    /// <param name="tolerance">How far a keypoint may move along an axis and still be correct, in pixels; positive.</param>
    /// <param name="options">How to work; defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance or an option is out of its range.</exception>
    /// <exception cref="GraphException">A weight is NaN or infinite, or the output is not pairs of coordinates.</exception>
    public Certifier(Graph network, SemanticSet set, double tolerance, CertifierOptions? options = null)
        : this(network, set, new KeypointProperty(tolerance), options)
    {
    }

    /// <summary>Makes a certifier for any property of a network's output.</summary>
    /// <param name="network">The network; its output is a vector <c>[F]</c>.</param>
    /// <param name="set">What may change.</param>
    /// <param name="property">What is to hold.</param>
    /// <param name="options">How to work; defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="GraphException">A weight is NaN or infinite, or the property does not fit the output.</exception>
    public Certifier(Graph network, SemanticSet set, OutputProperty property, CertifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(property);
        _options = options ?? new CertifierOptions();
        _options.Validate();
        property.RequireOutput(network.Output);
        network.RequireFiniteWeights();
        _network = network;
        _set = set;
        _property = property;
        _snapshot = BatchNormalizationFolding.Fold(property.Extend(network));
    }

    /// <summary>Certifies the keypoints of one image.</summary>
    /// <param name="image">The clean image in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="label">The true positions <c>[2K]</c> in pixels, NaN where missing; null to measure from the clean prediction.</param>
    /// <param name="cancellationToken">Stops the work between two boxes.</param>
    /// <exception cref="ArgumentException">The image is not finite or, with a clip, not in [0, 1]; or the label is infinite or has another length than the output.</exception>
    /// <exception cref="GraphException">The image has another shape than the network takes.</exception>
    /// <exception cref="InvalidOperationException">
    /// The network has been changed since the certifier was made, or the propagator gave bounds that a sample leaves.
    /// </exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public Certificate Certify(Tensor image, Tensor? label = null, CancellationToken cancellationToken = default)
    {
        lock (_gate)
            return CertifyAlone(image, label, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _snapshot.Dispose();

    private Certificate CertifyAlone(Tensor image, Tensor? label, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        _set.RequireImage(image);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();

        using var threads = new SingleThreaded();
        var predicted = Coordinates(_network.Forward(image.unsqueeze(0)));
        if (label is not null && label.numel() != predicted.Length)
            throw new ArgumentException($"The label has {label.numel()} values, but the network gives {predicted.Length}.", nameof(label));
        double[] reference = !_property.HasReference ? [] : label is null ? predicted : Coordinates(label);
        if (reference.Any(double.IsInfinity))
            throw new ArgumentException("The label contains infinity; a missing label is NaN.", nameof(label));

        var counterexamples = new CounterexampleSearch(_network, _snapshot.Graph, _set, _property, _options)
            .Search(image, reference, new OutputRange(predicted.Length), cancellationToken);
        var bounder = new BoxBounder(_snapshot.Graph, _set, _options.Propagator, _options.BoxesPerBatch, _options.Workers);
        var found = bounder.Bound(image, _set.Box.Grid(_options.FirstCellsPerSide), () => false, cancellationToken);
        IReadOnlyList<Leaf> leaves = [.. found.Select(entry => entry!.Value.Leaf)];
        return new Certificate(_set, _property, label is not null, predicted, reference,
            [.. counterexamples.Select((counterexample, claim) => ClaimResult.Of(_property, reference, leaves, claim, counterexample))],
            leaves, _options, leaves.Count, found.Average(entry => entry!.Value.Unstable), clock.Elapsed);
    }

    private void RequireUnchanged(Tensor image, double[] predicted)
    {
        using var evaluation = new EvaluationMode(_network);
        var now = Coordinates(_network.Forward(image.unsqueeze(0)));
        var scale = 1 + predicted.Max(Math.Abs);
        if (predicted.Zip(now, (before, after) => Math.Abs(before - after)).Any(change => !(change <= 1e-3 * scale)))
            throw new InvalidOperationException("The network has been changed since this certifier was made; make a new one.");
    }

    private static double[] Coordinates(Tensor output) => output.to(float64).cpu().flatten().data<double>().ToArray();
}
