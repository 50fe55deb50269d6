using System.Diagnostics;
using System.Globalization;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;
using KeypointRobustness.Shards;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Pruning;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace KeypointRobustness.Reproduction;

/// <summary>Trains, prunes and certifies what a preset compares. What is there already is not made again.</summary>
internal sealed class Reproducer(ReproductionPreset preset, string folder)
{
    private static readonly Dictionary<string, long> Nothing = [];

    private readonly ResultFolder _folder = new(preset, folder);

    /// <summary>The runs of some rows that have no result yet.</summary>
    /// <exception cref="DataException">A result is damaged, or was made with other options.</exception>
    public IReadOnlyList<ReproductionRun> Missing(IReadOnlyList<string> rows) =>
        [.. preset.Runs().Where(run => rows.Contains(run.Row)).Except(_folder.Read().Select(result => result.Run))];

    /// <summary>Makes what is missing of some rows in a shard, and the report after every run.</summary>
    public void Run(IReadOnlyList<string> rows, Shard shard, CancellationToken cancellationToken)
    {
        ReproductionRun[] runs = [.. preset.Runs().Where(run => rows.Contains(run.Row))];
        var missing = Missing(rows).ToHashSet();
        var work = WorkFolder.Open(_folder.Path, ReproductionWork.SetOf(preset));
        Report();
        using var data = runs.Where((run, position) => shard.Takes(position) && missing.Contains(run)).Any()
            ? ReproductionData.Load(preset, cancellationToken)
            : null;
        if (data is not null)
            _folder.RequireData(_folder.Read(), data.Digest);
        var byName = runs.ToDictionary(run => run.Name);
        WorkRun.Run(work, [.. runs.Select(ReproductionWork.ItemOf)], shard, "training", "trainings", Done, Make, cancellationToken);

        IReadOnlyDictionary<string, long>? Done(WorkItem item) => missing.Contains(byName[item.Key]) ? null : Nothing;

        IReadOnlyDictionary<string, long> Make(WorkItem item, WorkProgress progress)
        {
            var result = Run(byName[item.Key], data!, progress.Share, cancellationToken);
            work.RequirePresence();
            _folder.Write(result);
            Report();
            progress.WriteLine(Summary(result));
            return Nothing;
        }
    }

    /// <summary>
    /// Studies channel by channel what makes the networks of a row hard to certify, for every run of a shard that is missing.
    /// </summary>
    public void RunHardness(string row, Shard shard, CancellationToken cancellationToken)
    {
        var runs = preset.Runs().Where(run => run.Row == row).Where((_, position) => shard.Takes(position));
        var missing = runs.Except(_folder.ReadHardness().Select(result => result.Run)).ToList();
        Stopping.HowToGoOn = () => $"Studies that are over are kept in {_folder.Path}; the same command goes on.";
        if (missing.Count > 0)
        {
            using var data = ReproductionData.Load(preset, cancellationToken);
            using var progress = new WorkProgress("studying", "networks", missing.Count);
            foreach (var run in missing)
            {
                var result = Study(run, data, progress.Share, cancellationToken);
                _folder.Write(result);
                progress.Add(run.Name, Nothing, result.Seconds);
            }
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
            run, ResultOptions.Of(preset, run), Machine.This, null, double.NaN, double.NaN, preset.Epochs(data.Training.Count), 0, 0, 0,
            double.NaN, double.NaN, double.NaN, [], [])
        {
            DataDigest = data.Digest,
        };
        try
        {
            var (trained, stopped) = MethodTraining.Train(
                preset, run, data, checkpoints,
                share => progress(0.75 * share),
                cancellationToken);
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
            ModelDigest = Digest.Of(graph),
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
        using var network = MethodTraining
            .Train(preset, run, data, _folder.Checkpoints("hardness." + run.Name), share => progress(0.25 * share), cancellationToken)
            .Network;
        using var scope = NewDisposeScope();
        var context = data.Training.ForPruning(network.Graph, preset.LightOf(run).Set);
        var images = data.Certified.Images.narrow(0, 0, Math.Min(preset.HardnessImages, data.Certified.Count));
        var (range, channels, seconds) = HardnessStudy.Study(
            context,
            network,
            images,
            share => progress(0.25 + (0.75 * share)),
            cancellationToken);
        return new HardnessResult(run, HardnessStudy.Options(preset, run), Machine.This, seconds, range, channels);
    }

    private static string Summary(RunResult result) =>
        result.Failure is { } failure
            ? $"{result.Run.Name}: {failure}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Run.Name}: error {result.MeanErrorPx:0.00} px, certified {result.Share(0, answer => answer.Certified):0 %}, "
                + $"range {result.CertifiedRangePx:0.00} px, {result.Seconds:0} s");
}
