using System.Diagnostics;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Certifies a keypoint detector against a set of semantic changes. The network's output is <c>x₀, y₀, x₁, y₁, ...</c> in pixels; a
/// keypoint is correct while neither coordinate is further than the tolerance from its reference. The certifier works on a copy of the
/// weights as they are when it is made. Thread-safe while no other thread trains the network or changes its mode.
/// </summary>
public sealed class Certifier : IDisposable
{
    private readonly Graph _network;
    private readonly GraphModule _snapshot;
    private readonly SemanticSet _set;
    private readonly double _tolerance;
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
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        if (!(tolerance > 0) || double.IsInfinity(tolerance))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance must be positive and finite.");
        _options = options ?? new CertifierOptions();
        _options.Validate();
        if (network.Output.Shape.Count != 1 || network.Output.Channels % 2 != 0)
            throw new GraphException(network.Output.Name, $"the output [{string.Join(", ", network.Output.Shape)}] is not pairs of coordinates [2K].");
        network.RequireFiniteWeights();
        _network = network;
        _set = set;
        _tolerance = tolerance;
        _snapshot = BatchNormalizationFolding.Fold(network);
    }

    /// <summary>Certifies the keypoints of one image.</summary>
    /// <param name="image">The clean image in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="label">The true positions <c>[2K]</c> in pixels, NaN where missing; null to measure from the clean prediction.</param>
    /// <param name="cancellationToken">Stops the work between two boxes.</param>
    /// <exception cref="ArgumentException">The image or the label is infinite, or the label has another length than the output.</exception>
    /// <exception cref="GraphException">The image has another shape than the network takes.</exception>
    /// <exception cref="InvalidOperationException">The network has been changed since the certifier was made.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public Certificate Certify(Tensor image, Tensor? label = null, CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        SemanticSet.RequireImage(image);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();

        var predicted = Coordinates(_snapshot.Graph.Forward(image.unsqueeze(0)));
        RequireUnchanged(image, predicted);
        if (label is not null && label.numel() != predicted.Length)
            throw new ArgumentException($"The label has {label.numel()} values, but the network gives {predicted.Length}.", nameof(label));
        var reference = label is null ? predicted : Coordinates(label);
        if (reference.Any(double.IsInfinity))
            throw new ArgumentException("The label contains infinity; a missing label is NaN.", nameof(label));

        var counterexamples = new CounterexampleSearch(_network, _snapshot.Graph, _set, _options)
            .Search(image, reference, _tolerance, cancellationToken);
        var range = Range(image, cancellationToken);
        var keypoints = Enumerable.Range(0, predicted.Length / 2)
            .Select(k => Judge(k, predicted, reference, range, counterexamples[k])).ToList();
        return new Certificate(keypoints, _set.ToString(), _tolerance, label is not null, range.Boxes, range.Unstable / range.Boxes, clock.Elapsed);
    }

    /// <inheritdoc/>
    public void Dispose() => _snapshot.Dispose();

    private OutputRange Range(Tensor image, CancellationToken cancellationToken)
    {
        var range = new OutputRange((int)_network.Output.Channels);
        foreach (var boxes in _set.Box.Grid(_options.CellsPerSide).Chunk(_options.BoxesPerBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var images = _set.Enclose(image, boxes);
            using var bounds = _options.Propagator.Propagate(_snapshot.Graph, images);
            range.Add(bounds);
        }

        return range;
    }

    private KeypointResult Judge(int k, double[] predicted, double[] reference, OutputRange range, Counterexample? counterexample)
    {
        int x = 2 * k, y = x + 1;
        return new KeypointResult(k, Verdict.Unknown, predicted[x], predicted[y], reference[x], reference[y],
            range.Lower[x], range.Upper[x], range.Lower[y], range.Upper[y], counterexample).Judge(_tolerance);
    }

    private void RequireUnchanged(Tensor image, double[] predicted)
    {
        using var evaluation = new EvaluationMode(_network);
        var now = Coordinates(_network.Forward(image.unsqueeze(0)));
        var scale = 1 + predicted.Max(Math.Abs);
        if (predicted.Zip(now, (before, after) => Math.Abs(before - after)).Any(change => !(change <= 1e-3 * scale)))
            throw new InvalidOperationException("The network has been changed since this certifier was made; make a new one.");
    }

    private static double[] Coordinates(Tensor output) => output.to(float64).flatten().data<double>().ToArray();
}
