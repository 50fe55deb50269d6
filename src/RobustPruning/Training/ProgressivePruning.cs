using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// The pipeline: train with robust augmentation and the Wasserstein loss, or with a loss of one's own in their place, then in rounds
/// measure, prune a share of the channels, and fine-tune. With the same options, data and machine it gives the same network.
/// </summary>
public sealed class ProgressivePruning
{
    private const double EdgeRounding = 1e-3;

    private readonly GraphModule _network;
    private readonly SemanticSet _set;
    private readonly ProgressivePruningOptions _options;
    private readonly ILogger _logger;

    /// <summary>Prepares a run.</summary>
    /// <param name="network">The network to start from. It is trained in place until the first cut, and stays the caller's.</param>
    /// <param name="set">What may change about an image.</param>
    /// <param name="options">How to train and prune; defaults if null.</param>
    /// <param name="logger">Told of every round; none if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="PruningException">The pruning ratio is not in [0, 1), or would empty a layer.</exception>
    public ProgressivePruning(GraphModule network, SemanticSet set, ProgressivePruningOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        _options = options ?? new ProgressivePruningOptions();
        _options.Validate();
        if (_options.TargetRatio > 0)
            RequireReachable(network.Graph);

        _network = network;
        _set = set;
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>
    /// Runs the pipeline on another thread; keep the data until it ends. The network given to the constructor is trained in place until the
    /// first cut: afterwards it holds the weights before that cut, or, where nothing was pruned, it is the one that the report returns.
    /// </summary>
    /// <param name="data">The training data.</param>
    /// <param name="validation">The data that the error limit is about; the training data if null.</param>
    /// <param name="progress">Told after every epoch.</param>
    /// <param name="cancellationToken">Stops the run between two steps.</param>
    /// <exception cref="GraphException">
    /// The images have another shape than the network takes, or labels another length than its output.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// There is not a single label, one lies outside its image, or there is one image and the Wasserstein loss needs two.
    /// </exception>
    /// <exception cref="CheckpointException">The folder for checkpoints holds another run's.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Task<PruningReport> RunAsync(
        KeypointData data,
        KeypointData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        RequireFit(data, nameof(data));
        var options = _options with { BatchSize = (int)Math.Min(_options.BatchSize, data.Count) };
        if (options.BatchSize < ProgressivePruningOptions.LeastBatch(options.Lambda))
            throw new ArgumentException("There is one training image; the Wasserstein loss needs two.", nameof(data));
        RequireFit(validation ?? data, nameof(validation));
        return Task.Run(
            () =>
            {
                using var run = new PruningRun(_network, _set, data, validation ?? data, options, _logger);
                return run.Run(progress, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Plans the last cut without measuring, so that a ratio that cannot be reached is refused before training.</summary>
    private void RequireReachable(Graph network) => PruningPlan.Create(
        network,
        ChannelGroup.Of(network).ToDictionary(group => group, group => new double[group.Width]),
        _options.Pruning with { Ratio = _options.TargetRatio, Original = null });

    private void RequireFit(KeypointData data, string name)
    {
        ArgumentNullException.ThrowIfNull(data);
        var graph = _network.Graph;
        if (!data.Images.shape.Skip(1).SequenceEqual(graph.Input.Shape))
            throw new GraphException(
                graph.Input.Name,
                $"the images are [{string.Join(", ", data.Images.shape.Skip(1))}], but the network takes "
                + $"[{string.Join(", ", graph.Input.Shape)}].")
            {
                Value = data.Images.shape,
            };
        using var scope = NewDisposeScope();
        if (data.Labels.isnan().all().item<bool>())
            throw new ArgumentException($"There is not a single label in the {name}.", name);
        RequireInside(data, name);
        _options.Heatmaps?.Decoder.RequireOutput(graph.Output);
        if ((_options.Heatmaps is { } heatmaps ? 2 * heatmaps.Decoder.Keypoints : graph.Output.Neurons) != data.Labels.shape[1])
            throw new GraphException(
                graph.Output.Name,
                $"there are {data.Labels.shape[1]} label values an image, but the network gives "
                + $"{(_options.Heatmaps is null ? graph.Output.Neurons : 2 * _options.Heatmaps.Decoder.Keypoints)}.")
            {
                Value = data.Labels.shape,
            };
    }

    /// <summary>
    /// A label outside its image is a mistake of units or of scaling. Pixel centres are at whole numbers, so that the left edge is at −½.
    /// </summary>
    private static void RequireInside(KeypointData data, string name)
    {
        using var scope = NewDisposeScope();
        var sizes = tensor(new[] { (double)data.Images.shape[3], data.Images.shape[2] }, device: data.Labels.device)
            .repeat(data.Labels.shape[1] / 2);
        var labels = data.Labels.to(float64);
        var outside = labels.lt(Scalars.Of(-0.5 - EdgeRounding)).logical_or(labels.gt(sizes));
        if (!outside.any().item<bool>())
            return;
        var place = outside.nonzero()[0].cpu().data<long>().ToArray();
        throw new ArgumentException(
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"Label {"xy"[(int)(place[1] % 2)]} of keypoint {place[1] / 2} in image {place[0]} of the {name} is "
                + $"{labels[place[0], place[1]].item<double>()}, "
                    + $"outside the image of {data.Images.shape[3]}x{data.Images.shape[2]} pixels."),
            name);
    }
}
