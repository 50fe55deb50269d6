using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Finds the range of a network's outputs over a perturbation set to a requested gap, by branch and bound over the parameters: the box
/// whose bounds reach furthest beyond what samples reach is halved, until nothing is left to gain. Complete in the limit. Works on a copy
/// of the weights as they are when it is made; not thread-safe. While it searches, libtorch's number of threads is set to one.
/// </summary>
public sealed class RangeSearch : IDisposable
{
    private const int FirstSamplesPerSide = 7;

    // Of many parameters there is neither a grid nor are all corners looked at.
    private const int MostFirstSamples = 20000;
    private const int MostSidesWithCorners = 12;
    private const int ImagesPerBatch = 64;

    private readonly GraphModule _snapshot;
    private readonly SemanticSet _set;
    private readonly RangeSearchOptions _options;
    private readonly BoxBounder _bounder;
    private readonly HeatmapDecoder? _decoder;
    private readonly int _outputs;
    private readonly ILogger _logger;

    /// <summary>Prepares a search for the keypoints <c>[2K]</c>, in pixels, that a decoder reads off the network's heatmaps.</summary>
    /// <param name="network">The network.</param>
    /// <param name="set">What may change.</param>
    /// <param name="decoder">Reads the keypoints.</param>
    /// <param name="options">How to work and when to stop; defaults if null.</param>
    /// <param name="logger">Told of every round of boxes (level Debug), and of the result; none if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="GraphException">A weight is NaN or infinite, or the output is not the decoder's.</exception>
    public RangeSearch(Graph network, SemanticSet set, HeatmapDecoder decoder, RangeSearchOptions? options = null, ILogger? logger = null)
        : this(network, set, options, decoder ?? throw new ArgumentNullException(nameof(decoder)), logger)
    {
    }

    /// <summary>Prepares a search.</summary>
    /// <param name="network">The network; an output that is no vector counts in row-major order.</param>
    /// <param name="set">What may change.</param>
    /// <param name="options">How to work and when to stop; defaults if null.</param>
    /// <param name="logger">Told of every round of boxes (level Debug), and of the result; none if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="GraphException">A weight is NaN or infinite.</exception>
    public RangeSearch(Graph network, SemanticSet set, RangeSearchOptions? options = null, ILogger? logger = null)
        : this(network, set, options, null, logger)
    {
    }

    private RangeSearch(Graph network, SemanticSet set, RangeSearchOptions? options, HeatmapDecoder? decoder, ILogger? logger)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        _options = options ?? new RangeSearchOptions();
        _options.Validate();
        _logger = logger ?? NullLogger.Instance;
        network.RequireFiniteWeights();
        decoder?.RequireOutput(network.Output);
        (_set, _decoder) = (set, decoder);
        _snapshot = BatchNormalizationFolding.Fold(network.Flattened());
        _bounder = new BoxBounder(_snapshot.Graph, set, _options.OnDevice, _options.BoxesPerBatch, _options.Workers,
            decoder is null ? null : new DecodedBounder(new DecodedProperty(decoder, new KeypointProperty(1)), _snapshot.Graph, []));
        _outputs = decoder is null ? (int)_snapshot.Graph.Output.Neurons : 2 * decoder.Keypoints;
    }

    /// <summary>Searches one image's range.</summary>
    /// <param name="image">The clean image in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="progress">Told how far it has come, after each round of boxes.</param>
    /// <param name="cancellationToken">Stops the work between two batches of boxes.</param>
    /// <exception cref="ArgumentException">The image is not finite or, with a clip, not in [0, 1].</exception>
    /// <exception cref="GraphException">The image has another shape than the network takes.</exception>
    /// <exception cref="InvalidOperationException">The propagator gave bounds that a sample leaves.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public RangeSearchResult Search(
        Tensor image, IProgress<RangeSearchProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        using var noGradient = no_grad();
        using var threads = new SingleThreaded();
        var sampled = new OutputHull(_outputs);
        Sample(image, sampled, [.. _set.Dimension <= MostSidesWithCorners ? _set.Box.Corners() : BoxProbe.Thetas(_set.Box),
            .. _set.Box.Grid(_set.Box.CellsPerSide(FirstSamplesPerSide, MostFirstSamples)).Select(cell => cell.Centre)]);
        var first = _set.Box.Grid(_set.Box.CellsPerSide(_options.FirstCellsPerSide, CertifierOptions.MostFirstBoxes)).Where(_set.IsAdmissible).ToList();
        var leaves = Bound(image, first.Select(box => (box, (RangeLeaf?)null)).ToList(), cancellationToken);
        var boxes = first.Count;
        var range = Hull(leaves);
        while (boxes + 2 <= _options.MaxBoxes && !(range.Gap(sampled) <= _options.Gap))
        {
            Tell();

            // The leaves that reach furthest beyond the samples, as many as keep all workers busy with their halves.
            var count = Math.Clamp(_options.Workers * _options.BoxesPerBatch / 2, 1, (_options.MaxBoxes - boxes) / 2);
            var worst = leaves.Where(leaf => BoxProbe.CanHalve(leaf.Box)).OrderByDescending(leaf => leaf.Beyond(sampled)).Take(count).ToList();
            if (worst.Count == 0)
                break;
            var halves = Split(image, worst, sampled);
            leaves.RemoveAll(worst.Contains);
            leaves.AddRange(Bound(image, halves, cancellationToken));
            boxes += halves.Count;
            range = Hull(leaves);
        }

        Tell();
        if (_decoder is null or { Decoding: HeatmapDecoding.SoftArgMax } && range.FirstViolation(sampled) is >= 0 and var output)
            throw new InvalidOperationException($"The bounds of '{_options.Propagator.Name}' are wrong: a sample of output {output} leaves them.");
        var result = new RangeSearchResult(range.Lower, range.Upper, sampled.Lower, sampled.Upper, boxes, clock.Elapsed);
        _logger.LogInformation("{Result}", result);
        return result;

        void Tell()
        {
            var gap = range.Gap(sampled);
            _logger.LogDebug("{Boxes} boxes: gap {Gap}.", boxes, gap);
            progress?.Report(new RangeSearchProgress(boxes, gap));
        }
    }

    /// <summary><see cref="Search"/> on a thread of its own; keep the image until it ends.</summary>
    /// <inheritdoc cref="Search"/>
    public Task<RangeSearchResult> SearchAsync(
        Tensor image, IProgress<RangeSearchProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Search(image, progress, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _snapshot.Dispose();

    private List<RangeLeaf> Bound(Tensor image, List<(ParameterBox Box, RangeLeaf? Parent)> boxes, CancellationToken cancellationToken)
    {
        var bounded = _bounder.Bound(image, [.. boxes.Select(entry => entry.Box)], () => false, cancellationToken);
        return [.. bounded.Zip(boxes, (found, entry) =>
        {
            // What holds on the parent holds on its halves.
            var range = new OutputHull(_outputs);
            range.Add([.. found!.Value.Leaf.Lower], [.. found.Value.Leaf.Upper]);
            return new RangeLeaf(entry.Box, entry.Parent is { } parent ? range.Within(parent.Range) : range);
        })];
    }

    /// <summary>Halves each leaf along the side that moves the outputs most, and takes in the samples that say which it is.</summary>
    private List<(ParameterBox Box, RangeLeaf? Parent)> Split(Tensor image, List<RangeLeaf> leaves, OutputHull sampled)
    {
        var probes = leaves.Select(leaf => BoxProbe.Thetas(leaf.Box)).ToList();
        var samples = Sample(image, sampled, [.. probes.SelectMany(thetas => thetas)]);
        var first = 0;
        return [.. leaves.Zip(probes).SelectMany(pair =>
        {
            var own = samples.GetRange(first, pair.Second.Count);
            first += own.Count;
            var side = BoxProbe.SideToHalve(pair.First.Box, _set.Box, own, [.. Enumerable.Range(0, sampled.Lower.Length)]);
            return pair.First.Box.Halve(side).Where(_set.IsAdmissible).Select(half => (half, (RangeLeaf?)pair.First));
        })];
    }

    /// <summary>Runs the network at some parameters, shared out to the workers, and takes in what it gives.</summary>
    private List<Sample> Sample(Tensor image, OutputHull sampled, IReadOnlyList<double[]> thetas)
    {
        var batches = thetas.Select(_set.Project).Chunk(Math.Clamp((thetas.Count + _options.Workers - 1) / _options.Workers, 1, ImagesPerBatch)).ToArray();
        var samples = new Sample[batches.Length][];
        SingleThreaded.ForEach(batches.Length, _options.Workers, index =>
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var outputs = Numbers(_snapshot.Graph.Forward(_set.Apply(image, batches[index])));
            samples[index] = [.. batches[index].Zip(
                outputs.Chunk((int)_snapshot.Graph.Output.Neurons), (theta, values) => new Sample(theta, _decoder is null ? values : _decoder.Decode(values)))];
        });
        List<Sample> all = [.. samples.SelectMany(batch => batch)];
        foreach (var sample in all)
            sampled.Add(sample.Values, sample.Values);
        return all;
    }

    private static OutputHull Hull(List<RangeLeaf> leaves)
    {
        var hull = new OutputHull(leaves[0].Range.Lower.Length);
        foreach (var leaf in leaves)
            hull.Add(leaf.Range.Lower, leaf.Range.Upper);
        return hull;
    }

    private static double[] Numbers(Tensor values) => values.to(float64).cpu().flatten().data<double>().ToArray();

    /// <summary>A box that has not been halved, with its bounds.</summary>
    private sealed record RangeLeaf(ParameterBox Box, OutputHull Range)
    {
        /// <summary>How far the bounds reach beyond the samples, summed over the outputs.</summary>
        public double Beyond(OutputHull sampled) => Enumerable.Range(0, Range.Lower.Length).Sum(output =>
            Math.Max(0, Range.Upper[output] - sampled.Upper[output]) + Math.Max(0, sampled.Lower[output] - Range.Lower[output]));
    }
}
