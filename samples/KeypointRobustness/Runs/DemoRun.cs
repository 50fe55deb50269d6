using KeypointRobustness.Scenes;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using RobustPruning.Training;

namespace KeypointRobustness.Runs;

/// <summary>
/// Trains a width-reduced CNN7 on aircraft scenes in four ways, with the same data, number of epochs, robust augmentation and Wasserstein
/// loss: unpruned, and pruned at random, by Taylor scores and by USN. Then certifies the same test scenes: first for the range of every
/// keypoint, then at one tolerance for the verdicts.
/// </summary>
internal sealed class DemoRun(DemoOptions options)
{
    // Small enough that the search keeps the worst counterexample of every keypoint, to be judged at the real tolerance later.
    private const double SearchTolerance = 1e-3;

    /// <summary>One row a way, judged at the demo's tolerance.</summary>
    public IReadOnlyList<ComparedNetwork> Run(CancellationToken cancellationToken)
    {
        var light = SemanticSet.Of(new Brightness(-options.Light, options.Light), new Contrast(-options.Light, options.Light));
        var scenes = new AircraftScenes(new AircraftSceneOptions { Height = options.Size, Width = options.Size });
        var test = scenes.Generate(options.TestScenes, options.Seed + 1, cancellationToken);
        using var training = DataSource.ToTensors(scenes.Generate(options.TrainingScenes, options.Seed, cancellationToken));
        using var testing = DataSource.ToTensors(test);

        var ways = new List<(ComparedNetwork Row, GraphModule Network)>();
        try
        {
            foreach (var (name, way) in Ways())
                ways.Add(RunWay(name, way, light, training, testing, test, cancellationToken));
            var tolerance = options.Tolerance > 0 ? options.Tolerance : MedianProved([.. ways.Select(way => way.Row)]);
            return [.. ways.Select(way => Decide(way.Row.AtTolerance(tolerance), way.Network, light, tolerance, cancellationToken))];
        }
        finally
        {
            ways.ForEach(way => way.Network.Dispose());
        }
    }

    /// <summary>The ways, which differ in the policy alone: three quarters of the pruned ways' epochs come after their two cuts.</summary>
    private IEnumerable<(string Name, ProgressivePruningOptions Options)> Ways()
    {
        var tuning = 3 * options.Epochs / 8;
        var unpruned = new ProgressivePruningOptions
        {
            TargetRatio = 0,
            InitialEpochs = options.Epochs,
            BatchSize = options.BatchSize,
            LearningRate = options.LearningRate,
            WassersteinWeight = options.WassersteinWeight,
            Seed = options.Seed,
        };
        var pruned = unpruned with
        {
            TargetRatio = options.Ratio,
            Rounds = 2,
            InitialEpochs = options.Epochs - (2 * tuning),
            EpochsPerRound = tuning,
        };
        yield return ("unpruned", unpruned);
        yield return ("random pruning", pruned with { Policy = new RandomPolicy(options.Seed) });
        yield return ("Taylor pruning", pruned with { Policy = new TaylorPolicy() });
        yield return ("USN pruning", pruned with { Policy = new LowestUsnPolicy() });
    }

    private (ComparedNetwork Row, GraphModule Network) RunWay(
        string name,
        ProgressivePruningOptions training,
        SemanticSet light,
        KeypointData trainingData,
        KeypointData testData,
        KeypointDataset test,
        CancellationToken cancellationToken)
    {
        var start = Cnn7.Create(
            new Cnn7Options(3, options.Size, options.Size, test.KeypointNames.Count, options.Width, Seed: options.Seed));
        var report = TrainingRun.Run($"{name}: training", start, light, training, trainingData, testData, cancellationToken);
        if (report.Network != start)
            start.Dispose();
        var network = report.Network;

        var certified = new KeypointDataset([.. test.Samples.Take(options.CertifiedScenes)], test.KeypointNames);
        using var images = DataSource.ToTensors(certified);
        using var certifier = new Certifier(network, light, SearchTolerance, Limits(boxes: 1));
        var certificates = CertificationRun.Run($"{name}: certifying", certifier, images, againstLabel: true, cancellationToken);
        return (ComparedNetwork.Of(name, network.Graph, null, testData, certified, certificates), network);
    }

    /// <summary>Searches on, from the same cells, in the scenes where the tolerance leaves keypoints open.</summary>
    private ComparedNetwork Decide(
        ComparedNetwork row, GraphModule network, SemanticSet light, double tolerance, CancellationToken cancellationToken)
    {
        int[] open = [.. row.Certificates.Index().Where(entry => entry.Item.Unknown > 0).Select(entry => entry.Index)];
        if (open.Length == 0)
            return row;
        using var images = DataSource.ToTensors(
            new KeypointDataset([.. open.Select(index => row.Images.Samples[index])], row.Images.KeypointNames));
        using var certifier = new Certifier(network, light, tolerance, Limits(options.MaxBoxes));
        var decided = CertificationRun.Run($"{row.Way}: deciding", certifier, images, againstLabel: true, cancellationToken);
        var certificates = row.Certificates.ToArray();
        foreach (var (index, certificate) in open.Zip(decided))
            certificates[index] = certificate with { Elapsed = certificates[index].Elapsed + certificate.Elapsed };
        return row with { Certificates = certificates };
    }

    private CertifierOptions Limits(int boxes) =>
        new() { FirstCellsPerSide = options.Cells, MaxBoxes = boxes, Samples = 256, Seed = options.Seed };

    /// <summary>
    /// The median over all keypoints of all ways of the tolerance that the bounds prove, so that about half are certified.
    /// </summary>
    private static double MedianProved(IReadOnlyList<ComparedNetwork> rows)
    {
        var proved = rows.SelectMany(row => row.Certificates).SelectMany(certificate => certificate.Keypoints)
            .Select(keypoint => keypoint.ProvedTolerance).Order().ToList();
        return Math.Max(0.1, Math.Round(proved[proved.Count / 2], 1));
    }
}
