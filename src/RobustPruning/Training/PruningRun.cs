using System.Globalization;
using Microsoft.Extensions.Logging;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// One run of <see cref="ProgressivePruning"/>, from its start or from a checkpoint. It owns the networks it makes, but not the one that
/// it was given, and none that it returned.
/// </summary>
internal sealed class PruningRun : IDisposable
{
    private readonly GraphModule _network;
    private readonly SemanticSet _set;
    private readonly KeypointData _data, _validation;
    private readonly ProgressivePruningOptions _options;
    private readonly ILogger _logger;
    private readonly OriginalSize _original;
    private readonly bool _wasTraining;
    private readonly List<PruningRound> _rounds = [];

    // The network in training, and the one after the last accepted round.
    private GraphModule _current;
    private GraphModule? _accepted, _returned;
    private Adam _optimizer;
    private int _epochs;
    private string? _stopped;

    public PruningRun(
        GraphModule network, SemanticSet set, KeypointData data, KeypointData validation, ProgressivePruningOptions options, ILogger logger)
    {
        (_network, _set, _data, _validation, _options, _logger) = (network, set, data, validation, options, logger);
        _wasTraining = network.training;
        _original = OriginalSize.Of(network.Graph);
        _current = network;
        _optimizer = optim.Adam(network.parameters(), options.LearningRate);
    }

    /// <summary>Runs to the end.</summary>
    public PruningReport Run(IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        manual_seed(_options.Seed);
        var trainer = new Trainer(_data, _set, _options);
        var folder = _options.Checkpoints is { } path
            ? new CheckpointFolder(path, RunIdentity.Of(_network, _set, _data, _validation, _options), _logger) : null;
        var (first, done) = Resume(folder);
        for (var round = first; round <= _options.Cuts; round++)
        {
            if (round > 0 && done == 0 && !Cut(round, cancellationToken))
                break;
            for (var epoch = done; epoch < _options.EpochsIn(round); epoch++)
            {
                var loss = trainer.Epoch(_current, _optimizer, new EpochNumber(_epochs, round, epoch), cancellationToken);
                _epochs++;
                folder?.Save(
                    _epochs,
                    StateAfter(folder, round, epoch + 1),
                    _current,
                    _accepted == _current ? null : _accepted,
                    _optimizer.save_state_dict);
                progress?.Report(new TrainingProgress(round, _epochs, _options.TotalEpochs, loss));
            }

            done = 0;
            if (!Accept(round))
                break;
        }

        _returned = _accepted!;
        _returned.eval();
        return new PruningReport(_returned, _rounds, _stopped);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (var network in new[] { _current, _accepted }.Distinct())
        {
            if (network != _network && network != _returned)
                network?.Dispose();
        }

        if (_returned != _network)
            _network.train(_wasTraining);
    }

    /// <summary>The round to go on with, and its epochs that are over.</summary>
    private (int Round, int Epochs) Resume(CheckpointFolder? folder)
    {
        if (folder?.Latest() is not { } checkpoint)
            return (0, 0);
        var state = checkpoint.State;
        _rounds.AddRange(state.Rounds);
        _epochs = state.Epochs;
        _current = Restored(checkpoint.Current, state.Round == 0);
        if (checkpoint.Accepted is { } accepted)
            _accepted = Restored(accepted, _rounds[^1].Round == 0);
        _optimizer.Dispose();
        _optimizer = optim.Adam(_current.parameters(), _options.LearningRate);
        using var reader = new BinaryReader(new MemoryStream(checkpoint.Optimizer));
        _optimizer.load_state_dict(reader);
        _logger.LogInformation("Goes on after epoch {Epochs}, in round {Round}.", state.Epochs, state.Round);
        return (state.Round, state.EpochsInRound);
    }

    /// <summary>A network from a checkpoint; that of the first round is the one that was given.</summary>
    private GraphModule Restored(GraphModule network, bool isGiven)
    {
        network.MatchTypeAndDevice(_network.Graph);
        if (!isGiven)
            return network;
        foreach (var (from, to) in network.Graph.Nodes.Zip(_network.Graph.Nodes).Where(pair => pair.First.Module is not null))
            WeightCopy.All(from.Module!, to.Module!);
        network.Dispose();
        return _network;
    }

    private CheckpointState StateAfter(CheckpointFolder folder, int round, int epochs) =>
        new(folder.Run, round, epochs, _epochs, _original, [.. _rounds]);

    /// <summary>
    /// Takes channels out; what the optimizer remembers of the others stays. Not of a network whose channels say nothing any more.
    /// </summary>
    private bool Cut(int round, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var context = _data.ForPruning(_current.Graph, _set, _options.CalibrationImages, _options.Heatmaps);
        PruningPlan plan;
        try
        {
            plan = PruningPlan.Create(
                context,
                _options.Policy,
                _options.Pruning with
                {
                    Ratio = _options.RatioAt(round),
                    Original = _original,
                },
                cancellationToken);
        }
        catch (PruningException error) when (error.IsCollapse)
        {
            Stop(round, error.Message);
            return false;
        }

        var pruned = ChannelPruner.Apply(_current.Graph, plan);
        var optimizer = optim.Adam(pruned.parameters(), _options.LearningRate);
        ChannelPruner.CopyState(plan, pruned, _optimizer, optimizer);
        _optimizer.Dispose();
        (_current, _optimizer) = (pruned, optimizer);
        return true;
    }

    /// <summary>Evaluates the current network and keeps it if it is good enough; the first one stays in any case.</summary>
    private bool Accept(int round)
    {
        var error = KeypointEvaluation.MeanError(_current.Graph, _validation, _options.Heatmaps?.Decoder);
        var result = new PruningRound(
            round, _options.RatioAt(round), _current.Graph.Parameters, _current.Graph.Macs, error, error <= _options.ErrorLimit);
        _rounds.Add(result);
        _logger.LogInformation(
            "Round {Round}: ratio {Ratio:0.00}, error {Error:0.00} px, {Parameters} parameters.",
            round, result.Ratio, error, result.Parameters);
        if (!result.Accepted)
        {
            Stop(
                round,
                string.Create(
                    CultureInfo.InvariantCulture, $"The error {error:0.00} px is above the limit {_options.ErrorLimit:0.00} px."));
            if (round > 0)
                return false;
        }

        if (_accepted is not null && _accepted != _network && _accepted != _current)
            _accepted.Dispose();
        _accepted = _current;
        return result.Accepted;
    }

    private void Stop(int round, string why)
    {
        _stopped = why;
        _logger.LogWarning("Stopped at round {Round}: {Why}", round, why);
    }
}
