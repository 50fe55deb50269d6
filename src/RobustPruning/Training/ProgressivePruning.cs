using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// The pipeline: train with robust augmentation and the Wasserstein loss, then in rounds measure, prune a share of the channels, and
/// fine-tune. With the same options, data and machine it gives the same network.
/// </summary>
public sealed class ProgressivePruning
{
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

    /// <summary>Runs the pipeline on another thread.</summary>
    /// <param name="data">The training data.</param>
    /// <param name="validation">The data that the error limit is about; the training data if null.</param>
    /// <param name="progress">Told after every epoch.</param>
    /// <param name="cancellationToken">Stops the run between two steps.</param>
    /// <exception cref="GraphException">The images have another shape than the network takes, or labels another length than its output.</exception>
    /// <exception cref="ArgumentException">There is not a single label.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Task<PruningReport> RunAsync(
        KeypointData data,
        KeypointData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        RequireFit(data, nameof(data));
        RequireFit(validation ?? data, nameof(validation));
        return Task.Run(() => Run(data, validation ?? data, progress, cancellationToken), cancellationToken);
    }

    private PruningReport Run(KeypointData data, KeypointData validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        manual_seed(_options.Seed);
        var trainer = new Trainer(data, _set, _options);
        var cuts = _options.TargetRatio > 0 ? _options.Rounds : 0;
        var original = cuts > 0 ? OriginalSize.Of(_network.Graph) : null;
        var rounds = new List<PruningRound>();
        GraphModule current = _network, accepted = _network;
        var epochs = 0;
        for (var round = 0; round <= cuts; round++)
        {
            if (round > 0)
                current = Prune(current, original!, RatioAt(round), data, cancellationToken);
            Train(trainer, current, round, ref epochs, progress, cancellationToken);
            var result = Evaluate(current, round, validation);
            rounds.Add(result);
            _logger.LogInformation("Round {Round}: ratio {Ratio:0.00}, error {Error:0.00} px, {Parameters} parameters.",
                round, result.Ratio, result.Error, result.Parameters);
            if (!result.Accepted && round > 0)
            {
                _logger.LogWarning("Stopped at round {Round}: the error {Error:0.00} px is above the limit {Limit:0.00} px.",
                    round, result.Error, _options.ErrorLimit);
                current.Dispose();
                break;
            }

            if (accepted != _network && accepted != current)
                accepted.Dispose();
            accepted = current;
            if (!result.Accepted)
                break;
        }

        accepted.eval();
        return new PruningReport(accepted, rounds);
    }

    private void Train(Trainer trainer, GraphModule network, int round, ref int epochs, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var wasserstein = _options.Wasserstein with { RatioToCome = RatioToCome(round) };
        using var optimizer = optim.Adam(network.parameters(), _options.LearningRate);
        for (var epoch = 0; epoch < (round == 0 ? _options.InitialEpochs : _options.EpochsPerRound); epoch++)
        {
            var loss = trainer.Epoch(network, optimizer, wasserstein, cancellationToken);
            progress?.Report(new TrainingProgress(round, ++epochs, _options.TotalEpochs, loss));
        }
    }

    private GraphModule Prune(GraphModule network, OriginalSize original, double ratio, KeypointData data, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var context = data.ForPruning(network.Graph, _set, _options.CalibrationImages);
        var plan = PruningPlan.Create(context, _options.Policy, _options.Pruning with { Ratio = ratio, Original = original }, cancellationToken);
        return ChannelPruner.Apply(network.Graph, plan);
    }

    /// <summary>Plans the last cut without measuring, so that a ratio that cannot be reached is refused before training.</summary>
    private void RequireReachable(Graph network) => PruningPlan.Create(
        network,
        ChannelGroup.Of(network).ToDictionary(group => group, group => new double[group.Width]),
        _options.Pruning with { Ratio = _options.TargetRatio, Original = null });

    private PruningRound Evaluate(GraphModule network, int round, KeypointData validation)
    {
        var error = KeypointEvaluation.MeanError(network.Graph, validation);
        return new PruningRound(round, RatioAt(round), network.Graph.Parameters, network.Graph.Macs, error, error <= _options.ErrorLimit);
    }

    /// <summary>The share of the channels there are that the next cut removes; 0 after the last.</summary>
    private double RatioToCome(int round) =>
        round == _options.Rounds ? 0 : (RatioAt(round + 1) - RatioAt(round)) / (1 - RatioAt(round));

    private double RatioAt(int round) => _options.TargetRatio * round / _options.Rounds;

    private void RequireFit(KeypointData data, string name)
    {
        ArgumentNullException.ThrowIfNull(data);
        var graph = _network.Graph;
        if (!data.Images.shape.Skip(1).SequenceEqual(graph.Input.Shape))
            throw new GraphException(graph.Input.Name, $"the images are [{string.Join(", ", data.Images.shape.Skip(1))}], but the network takes [{string.Join(", ", graph.Input.Shape)}].");
        using var scope = NewDisposeScope();
        if (data.Labels.isnan().all().item<bool>())
            throw new ArgumentException($"There is not a single label in the {name}.", name);
        if (!graph.Output.Shape.SequenceEqual(data.Labels.shape.Skip(1)))
            throw new GraphException(graph.Output.Name, $"there are {data.Labels.shape[1]} label values an image, but the network gives {graph.Output.Channels}.");
    }
}
