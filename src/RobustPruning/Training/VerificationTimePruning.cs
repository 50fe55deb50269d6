using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// Prunes a trained network until an image is decided in a given time. Before each cut it predicts the time: the measured one, times how
/// much faster the cut network bounds the boxes that were typical. It cuts what reaches the target by this prediction, fine-tunes,
/// measures, and corrects the next prediction by what this one missed.
/// </summary>
public sealed class VerificationTimePruning
{
    // A cut is chosen among as many shares.
    private const int Steps = 16;

    private readonly GraphModule _network;
    private readonly SemanticSet _set;
    private readonly OutputProperty _property;
    private readonly VerificationTimeOptions _options;
    private readonly ProgressivePruningOptions _training;
    private readonly ILogger _logger;

    /// <summary>Prepares a run.</summary>
    /// <param name="network">The trained network. It is not changed, and stays the caller's.</param>
    /// <param name="set">What may change about an image.</param>
    /// <param name="property">What is to be decided about each image; measured from the labels where it has a reference.</param>
    /// <param name="options">The time, and how it is measured; defaults if null.</param>
    /// <param name="training">
    /// How to prune and fine-tune: policy, what a cut may touch, losses, <see cref="ProgressivePruningOptions.EpochsPerRound"/> and
    /// <see cref="ProgressivePruningOptions.ErrorLimit"/>. Ratio, rounds, first epochs and checkpoints do not count. Defaults if null.
    /// </param>
    /// <param name="logger">Told of every round; none if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public VerificationTimePruning(
        GraphModule network, SemanticSet set, OutputProperty property, VerificationTimeOptions? options = null,
        ProgressivePruningOptions? training = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(property);
        (_network, _set, _property) = (network, set, property);
        _options = options ?? new VerificationTimeOptions();
        _options.Validate();
        _training = (training ?? new ProgressivePruningOptions()) with { Rounds = 1, Ratios = null, InitialEpochs = 0, Checkpoints = null };
        _training.Validate();
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>Runs on another thread.</summary>
    /// <param name="data">The training data.</param>
    /// <param name="validation">The data that times and errors are of; the training data if null.</param>
    /// <param name="progress">Told after every epoch of fine-tuning.</param>
    /// <param name="cancellationToken">Stops the run between two steps.</param>
    /// <exception cref="GraphException">
    /// The images have another shape than the network takes, or labels another length than its output.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// There is not a single label, one lies outside its image, or there is one image and the Wasserstein loss needs two.
    /// </exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Task<VerificationTimeReport> RunAsync(
        KeypointData data, KeypointData? validation = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return RunAsync(
            new VerificationTime(_set, _property, validation ?? data, _options),
            data, validation ?? data, progress, cancellationToken);
    }

    /// <summary>Runs with another measure of time.</summary>
    internal Task<VerificationTimeReport> RunAsync(
        IVerificationTime time, KeypointData data, KeypointData validation, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            var target = _options.Target.TotalSeconds;
            var (current, bias) = (_network, 1.0);
            var seconds = time.Measure(current.Graph, cancellationToken);
            List<VerificationTimeRound> rounds = [new(0, 0, null, TimeSpan.FromSeconds(seconds), ErrorOf(current, validation), true)];
            string? stopped = null;
            try
            {
                while (seconds > target && stopped is null)
                {
                    if (rounds.Count > _options.MaxRounds)
                    {
                        stopped = Text($"{_options.MaxRounds} cuts were not enough: {seconds:0.###} s an image.");
                        break;
                    }

                    if (Choose(time, current.Graph, data, target, seconds, bias, cancellationToken) is not var (ratio, predicted))
                    {
                        stopped = Text($"No channel can leave any more: {seconds:0.###} s an image.");
                        break;
                    }

                    var report = await new ProgressivePruning(
                        current,
                        _set,
                        _training with
                        {
                            TargetRatio = ratio,
                            ErrorLimit = double.PositiveInfinity,
                        },
                        _logger)
                        .RunAsync(data, validation, progress, cancellationToken)
                        .ConfigureAwait(false);
                    if (report.Stopped is not null || ReferenceEquals(report.Network, current))
                    {
                        stopped = report.Stopped ?? Text($"No channel can leave any more: {seconds:0.###} s an image.");
                        break;
                    }

                    var measured = time.Measure(report.Network.Graph, cancellationToken);
                    var round = new VerificationTimeRound(
                        rounds.Count, ratio, TimeSpan.FromSeconds(predicted), TimeSpan.FromSeconds(measured), report.Rounds[^1].Error,
                        report.Rounds[^1].Error <= _training.ErrorLimit);
                    rounds.Add(round);
                    _logger.LogInformation("{Round}", round);
                    if (!round.Accepted)
                    {
                        report.Network.Dispose();
                        stopped = Text($"The error {round.Error:0.00} px is above the limit {_training.ErrorLimit:0.00} px.");
                        break;
                    }

                    if (current != _network)
                        current.Dispose();
                    bias *= measured / predicted;
                    (current, seconds) = (report.Network, measured);
                }
            }
            catch
            {
                if (current != _network)
                    current.Dispose();
                throw;
            }

            current.eval();
            return new VerificationTimeReport(current, rounds, _options.Target, stopped);
        },
        cancellationToken);

    /// <summary>
    /// The least share of channels whose removal reaches the target by prediction, or the greatest that is allowed, with the prediction;
    /// null if no channel can leave.
    /// </summary>
    private (double Ratio, double Predicted)? Choose(
        IVerificationTime time, Graph network, KeypointData data, double target, double seconds, double bias,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var context = data.ForPruning(network, _set, _training.CalibrationImages, _training.Heatmaps);
        var scores = _training.Policy.Score(context, cancellationToken);
        var whole = time.MeasureBox(network, cancellationToken);

        // The greatest cut that leaves every group something.
        var high = Steps;
        while (high > 0 && PlanOf(high) is null)
            high--;
        if (high == 0)
            return null;

        // Halving over the steps: times fall with the share.
        var (low, predicted) = (0, Predict(high));
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (Predict(middle) is var at && at <= target)
                (high, predicted) = (middle, at);
            else
                low = middle;
        }

        return (ShareOf(high), predicted);

        double ShareOf(int step) => _options.GreatestCut * step / Steps;

        double Predict(int step)
        {
            if (PlanOf(step) is not { } plan)
                return double.PositiveInfinity;
            using var pruned = ChannelPruner.Apply(network, plan);
            pruned.eval();
            return bias * seconds * time.MeasureBox(pruned.Graph, cancellationToken) / whole;
        }

        PruningPlan? PlanOf(int step)
        {
            try
            {
                var plan = PruningPlan.Create(network, scores, _training.Pruning with { Ratio = ShareOf(step), Original = null });
                return plan.ChannelRatio > 0 ? plan : null;
            }
            catch (PruningException)
            {
                return null;
            }
        }
    }

    private double ErrorOf(GraphModule network, KeypointData data) =>
        KeypointEvaluation.MeanError(network.Graph, data, _training.Heatmaps?.Decoder);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
