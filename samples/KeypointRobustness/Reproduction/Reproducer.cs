using System.Diagnostics;
using KeypointRobustness.Data;
using KeypointRobustness.Runs;
using RobustPruning.Pruning;
using RobustPruning.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace KeypointRobustness.Reproduction;

/// <summary>Trains, prunes and certifies what a preset compares. What is there already is not made again.</summary>
internal sealed class Reproducer(ReproductionPreset preset, string folder)
{
    private readonly ResultFolder _folder = new(preset, folder);

    /// <summary>The runs that have no result yet.</summary>
    /// <exception cref="DataException">A result is damaged, or was made with other options.</exception>
    public IReadOnlyList<ReproductionRun> Missing()
    {
        var done = _folder.Read().Select(result => result.Run).ToHashSet();
        return [.. preset.Runs().Where(run => !done.Contains(run))];
    }

    /// <summary>Makes what is missing, and the report after every run.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        var missing = Missing();
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

    /// <summary>Studies channel by channel what makes the network of a row hard to certify, for every seed that is missing.</summary>
    public void RunHardness(CancellationToken cancellationToken)
    {
        var done = _folder.ReadHardness().Select(result => result.Run).ToHashSet();
        var missing = preset.Runs().Where(run => !done.Contains(run)).ToList();
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
        using var network = MethodTraining.Train(preset, run, data, checkpoints, share => progress(0.75 * share), cancellationToken);
        var trained = clock.Elapsed;
        var light = preset.LightOf(run).Set;
        var graph = network.Graph;
        var images = MethodMeasurement.Certify(network, light, preset, data.Certified, cancellationToken);
        return new RunResult(
            run, ResultOptions.Of(preset, run), Machine.This, resumed ? double.NaN : trained.TotalSeconds, clock.Elapsed.TotalSeconds, preset.Epochs(data.Training.Count),
            ChannelGroup.Of(graph).Sum(group => group.Width), graph.Parameters, graph.Macs,
            KeypointEvaluation.MeanError(graph, data.HeldBack), MethodMeasurement.CorrectShare(graph, data.HeldBack, preset.CorrectTolerance),
            KeypointEvaluation.OutputVariation(graph, data.HeldBack), images,
            MethodMeasurement.Deviations(graph, light, data.Certified.Images, cancellationToken));
    }

    private HardnessResult Study(ReproductionRun run, ReproductionData data, Action<double> progress, CancellationToken cancellationToken)
    {
        using var network = MethodTraining.Train(preset, run, data, _folder.Checkpoints("hardness." + run.Name), share => progress(0.25 * share), cancellationToken);
        using var scope = NewDisposeScope();
        var context = data.Training.ForPruning(network.Graph, preset.LightOf(run).Set);
        var images = data.Certified.Images.narrow(0, 0, Math.Min(preset.HardnessImages, data.Certified.Count));
        var (range, channels, seconds) = HardnessStudy.Study(context, network, images, share => progress(0.25 + (0.75 * share)), cancellationToken);
        return new HardnessResult(run, HardnessStudy.Options(preset, run), Machine.This, seconds, range, channels);
    }

    private static string Summary(RunResult result) => FormattableString.Invariant(
        $"{result.Run.Name}: error {result.MeanErrorPx:0.00} px, certified {result.Share(0, answer => answer.Certified):0 %}, range {result.CertifiedRangePx:0.00} px, {result.Seconds:0} s");
}
