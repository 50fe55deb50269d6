using System.Diagnostics;
using KeypointRobustness.Runs;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Pruning;
using RobustPruning.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace KeypointRobustness.Reproduction;

/// <summary>Trains, prunes and certifies what a preset compares. What is there already is not made again.</summary>
internal sealed class Reproducer(ReproductionPreset preset, string folder)
{
    private readonly ResultFolder _folder = new(preset, folder);

    /// <summary>The runs of some rows that have no result yet.</summary>
    /// <exception cref="DataException">A result is damaged, or was made with other options.</exception>
    public IReadOnlyList<ReproductionRun> Missing(IReadOnlyList<string> rows) =>
        [.. preset.Runs().Where(run => rows.Contains(run.Row)).Except(_folder.Read().Select(result => result.Run))];

    /// <summary>Makes what is missing of some rows, and the report after every run.</summary>
    public void Run(IReadOnlyList<string> rows, CancellationToken cancellationToken)
    {
        var missing = Missing(rows);
        Report();
        if (missing.Count == 0)
            return;
        using var data = ReproductionData.Load(preset, cancellationToken);
        ProgressBar.Run($"{missing.Count} trainings", tell =>
        {
            foreach (var (index, run) in missing.Index())
            {
                var result = Run(run, data, share => tell((index + share) / missing.Count), cancellationToken);
                _folder.Write(result);
                Report();
                AnsiConsole.WriteLine($"{index + 1}/{missing.Count} {Summary(result)}");
            }
        });
    }

    /// <summary>Studies channel by channel what makes the networks of a row hard to certify, for every run that is missing.</summary>
    public void RunHardness(string row, CancellationToken cancellationToken)
    {
        var missing = preset.Runs().Where(run => run.Row == row).Except(_folder.ReadHardness().Select(result => result.Run)).ToList();
        if (missing.Count > 0)
        {
            using var data = ReproductionData.Load(preset, cancellationToken);
            ProgressBar.Run($"{missing.Count} networks", tell =>
            {
                foreach (var (index, run) in missing.Index())
                    _folder.Write(Study(run, data, share => tell((index + share) / missing.Count), cancellationToken));
            });
        }

        Report();
    }

    /// <summary>Writes the report of everything that is there.</summary>
    public void Report() => ReproductionReport.Write(_folder.Path, preset, _folder.Read(), _folder.ReadHardness());

    private RunResult Run(ReproductionRun run, ReproductionData data, Action<double> progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var checkpoints = _folder.Checkpoints(run.Name);
        var resumed = Directory.Exists(checkpoints);
        var result = new RunResult(
            run, ResultOptions.Of(preset, run), Machine.This, null, double.NaN, double.NaN, preset.Epochs(data.Training.Count), 0, 0, 0, double.NaN, double.NaN, double.NaN, [], []);
        try
        {
            var (trained, stopped) = MethodTraining.Train(preset, run, data, checkpoints, share => progress(0.75 * share), cancellationToken);
            using var network = trained;
            result = result with { Failure = stopped, TrainingSeconds = resumed ? double.NaN : clock.Elapsed.TotalSeconds };
            if (stopped is null)
                result = Measure(result, network, data, cancellationToken);
        }
        catch (GraphException error)
        {
            // Weights that are not finite any more are a finding about this training, not a reason to stop the others.
            result = result with { Failure = error.Message };
        }

        return result with { Seconds = clock.Elapsed.TotalSeconds };
    }

    private RunResult Measure(RunResult result, GraphModule network, ReproductionData data, CancellationToken cancellationToken)
    {
        var light = preset.LightOf(result.Run).Set;
        var graph = network.Graph;
        return result with
        {
            Channels = ChannelGroup.Of(graph).Sum(group => group.Width),
            Parameters = graph.Parameters,
            Macs = graph.Macs,
            MeanErrorPx = KeypointEvaluation.MeanError(graph, data.HeldBack),
            CorrectShare = MethodMeasurement.CorrectShare(graph, data.HeldBack, preset.CorrectTolerance),
            OutputVariation = KeypointEvaluation.OutputVariation(graph, data.HeldBack),
            Images = MethodMeasurement.Certify(network, light, preset, data.Certified, cancellationToken),
            Deviations = MethodMeasurement.Deviations(graph, light, data.Certified.Images, cancellationToken),
        };
    }

    private HardnessResult Study(ReproductionRun run, ReproductionData data, Action<double> progress, CancellationToken cancellationToken)
    {
        using var network = MethodTraining.Train(preset, run, data, _folder.Checkpoints("hardness." + run.Name), share => progress(0.25 * share), cancellationToken).Network;
        using var scope = NewDisposeScope();
        var context = data.Training.ForPruning(network.Graph, preset.LightOf(run).Set);
        var images = data.Certified.Images.narrow(0, 0, Math.Min(preset.HardnessImages, data.Certified.Count));
        var (range, channels, seconds) = HardnessStudy.Study(context, network, images, share => progress(0.25 + (0.75 * share)), cancellationToken);
        return new HardnessResult(run, HardnessStudy.Options(preset, run), Machine.This, seconds, range, channels);
    }

    private static string Summary(RunResult result) => result.Failure is { } failure ? $"{result.Run.Name}: {failure}" : FormattableString.Invariant(
        $"{result.Run.Name}: error {result.MeanErrorPx:0.00} px, certified {result.Share(0, answer => answer.Certified):0 %}, range {result.CertifiedRangePx:0.00} px, {result.Seconds:0} s");
}
