using System.CommandLine;
using System.Globalization;
using KeypointRobustness.Runs;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Pruning;
using RobustPruning.Training;
using RobustPruning.Usn;
using Spectre.Console;
using static TorchSharp.torch;

namespace KeypointRobustness.Commands;

/// <summary><c>prune</c>: prunes a model in rounds, with fine-tuning, and writes the smaller model.</summary>
internal static class PruneCommand
{
    private const int SummaryImages = 4;
    private const string Policies =
        "usn-importance, usn-bounds, usn-rank-sum, usn-relative, usn-raw, usn-contribution, taylor, magnitude, bn-scale or random";

    public static Command Create()
    {
        var model = new ModelOptions();
        var ratio = new Option<double>("--ratio")
        {
            Description = "The share of the network to remove, in [0, 1).",
            DefaultValueFactory = _ => 0.5,
        };
        var rounds = new Option<int>("--rounds") { Description = "In how many cuts.", DefaultValueFactory = _ => 2 };
        var policy = new Option<string>("--policy")
        {
            Description = $"Which channels leave: {Policies}.",
            DefaultValueFactory = _ => "usn-importance",
        };
        var perMac = new Option<bool>("--per-mac") { Description = "Divide scores by the operations that a channel's removal saves." };
        var measure = new Option<PruningMeasure>("--measure")
        {
            Description = "What the ratio is a share of: channels, parameters or macs.",
            DefaultValueFactory = _ => PruningMeasure.Channels,
        };
        var scope = new Option<PruningScope>("--scope")
        {
            Description = "Which channels compete: pergroup, equalshape or network.",
            DefaultValueFactory = _ => PruningScope.PerGroup,
        };
        var minimumWidth = new Option<int>("--minimum-width")
        {
            Description = "How many channels a group keeps at least.",
            DefaultValueFactory = _ => 1,
        };
        var maximumRatio = new Option<double>("--maximum-ratio")
        {
            Description = "The greatest share of its channels that a group may lose.",
            DefaultValueFactory = _ => 1,
        };
        var multiple = new Option<int>("--multiple")
        {
            Description = "Keep a multiple of this number of channels.",
            DefaultValueFactory = _ => 1,
        };
        var exclude = new Option<string[]>("--exclude")
        {
            Description = "A layer that stays as it is; may be given several times.",
            DefaultValueFactory = _ => [],
        };
        var verification = new Option<double?>("--verification-seconds")
        {
            Description = "Prune until an image is decided in so many seconds, instead of by --ratio and --rounds; exit code 1 if that "
                + "is not reached.",
        };
        var tolerance = new Option<double>("--tolerance")
        {
            Description = "How far a keypoint may be from its label along an axis, in pixels.",
            DefaultValueFactory = _ => 2,
        };
        var images = new Option<int>("--images")
        {
            Description = "How many of the held-back images to certify before and after pruning, for the report; 0 for none.",
            DefaultValueFactory = _ => 4,
        };
        var maxBoxes = new Option<int>("--max-boxes")
        {
            Description = "How many parameter boxes to bound at most, an image of the report.",
            DefaultValueFactory = _ => 200,
        };
        var most = new Option<double>("--seconds")
        {
            Description = "How long to work at most, an image of the report.",
            DefaultValueFactory = _ => 20,
        };
        var plan = new Option<bool>("--plan") { Description = "Print the channel groups and the plan of a single cut, and write nothing." };
        var epochs = CommonOptions.Epochs(10, "Epochs of fine-tuning after each cut.");
        var learningRate = CommonOptions.LearningRate();
        var batch = CommonOptions.Batch();
        var scene = new SceneOptions();
        var wasserstein = CommonOptions.Wasserstein();
        var attribution = CommonOptions.Attribution();
        var checkpoints = CommonOptions.Checkpoints();
        var seed = CommonOptions.Seed();
        var files = new DataOptions(seed);
        var output = CommonOptions.Out("artifacts/prune");
        var command = new Command(
            "prune", "Prunes a model and writes OUT/model.safetensors, OUT/model.onnx if it came as ONNX, and OUT/report.html: before "
            + "and after.")
        {
            files.Data, files.Count, files.HeldBack, ratio, rounds, policy, perMac, measure, scope, minimumWidth, maximumRatio, multiple,
            exclude,
            verification, tolerance, images, maxBoxes, most, plan, epochs, learningRate, batch, wasserstein, attribution, checkpoints, seed, output,
        };
        model.AddTo(command);
        scene.AddTo(command);
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            CommonOptions.SayHowToGoOn(parsed.GetValue(checkpoints));
            if (!parsed.GetValue(plan))
                OutputFolder.RequireWritable(parsed.GetValue(output)!);
            if (parsed.GetValue(checkpoints) is { } kept)
                OutputFolder.RequireWritable(kept, "--checkpoints");
            ArgumentOutOfRangeException.ThrowIfNegative(parsed.GetValue(images), "--images");
            using var network = model.Load(parsed);
            var notes = model.Notes(parsed);
            var request = files.Read(parsed, notes);
            var sized = ModelData.Sized(network, request.Files);
            var set = scene.Set(parsed, (int)network.Graph.Input.Shape[0], sized);
            var options = new ProgressivePruningOptions
            {
                Heatmaps = model.Task(parsed, network.Graph),
                TargetRatio = parsed.GetValue(ratio),
                Rounds = parsed.GetValue(rounds),
                InitialEpochs = 0,
                EpochsPerRound = parsed.GetValue(epochs),
                LearningRate = parsed.GetValue(learningRate),
                Policy = PolicyOf(parsed.GetValue(policy)!, parsed.GetValue(seed), parsed.GetValue(perMac)),
                Pruning = new()
                {
                    Measure = parsed.GetValue(measure),
                    Scope = parsed.GetValue(scope),
                    MinimumWidth = parsed.GetValue(minimumWidth),
                    MaximumRatio = parsed.GetValue(maximumRatio),
                    Multiple = parsed.GetValue(multiple),
                    Excluded = parsed.GetValue(exclude)!,
                },
                Checkpoints = parsed.GetValue(checkpoints),
                Seed = parsed.GetValue(seed),
            };
            options = CommonOptions.WithLosses(options, network.Graph, set, parsed.GetValue(wasserstein), parsed.GetValue(attribution));
            var decoder = options.Heatmaps?.Decoder;
            var property = PropertyOf(parsed.GetValue(tolerance), set, network.Graph, decoder);
            var certifying = new CertifierOptions
            {
                MaxBoxes = parsed.GetValue(maxBoxes), TimeLimit = TimeSpan.FromSeconds(parsed.GetValue(most)), Seed = parsed.GetValue(seed),
            };
            var parts = notes.Match(ModelData.Load(network, decoder, request, cancellationToken)).Split(request.HeldBack);
            using var training = DataSource.ToTensors(parts.Training);
            using var testing = DataSource.ToTensors(parts.HeldBack);
            options = options with { BatchSize = CommonOptions.BatchOf(parsed.GetValue(batch), (int)training.Count) };

            if (parsed.GetValue(plan))
            {
                AnsiConsole.Profile.Out.Writer.WriteLine(PlanOf(network.Graph, training, set, options, cancellationToken).ToString());
                return Task.FromResult(0);
            }

            using var examples = testing.Images.narrow(0, 0, Math.Min(SummaryImages, testing.Count));
            var certified = property is null || parsed.GetValue(images) == 0 ? null
                : new KeypointDataset([.. parts.HeldBack.Samples.Take(parsed.GetValue(images))], parts.HeldBack.KeypointNames);
            var before = (Layers: Summary(network), Found: Certified("unpruned", network));
            var (made, reached) = parsed.GetValue(verification) is { } seconds
                ? ToTime(network, set, property ?? throw Undecidable(), seconds, options, training, testing, cancellationToken)
                : (InRounds(network, set, options, training, testing, cancellationToken), true);
            using var pruned = made;
            foreach (var path in ModelSource.Save(
                    pruned, parsed.GetValue(output)!, model.IsOnnx(parsed), notes.With(ModelNotes.Of(parts.Training, request))))
                Output.Wrote(path);
            PruneReport.Write(
                parsed.GetValue(output)!,
                [
                    ("Model file", notes.Path),
                    (
                        "Images",
                        $"{testing.Count} held back, {certified?.Samples.Count ?? 0} of them certified, of {sized.Width}x{sized.Height}"),
                    ("Perturbation set", $"Every image under {set}"),
                    (
                        "Tolerance",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{parsed.GetValue(tolerance)} px of {sized.Width}x{sized.Height}, measured from the label")),
                    ("Policy", parsed.GetValue(policy)!),
                    (
                        "Budget",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{certifying.MaxBoxes} boxes and {certifying.TimeLimit!.Value.TotalSeconds} s an image")),
                ],
                new PruningComparison(before.Layers, Summary(pruned)),
                [before.Found, Certified("pruned", pruned)]);
            return Task.FromResult(reached ? 0 : 1);

            NetworkSummary Summary(GraphModule of) => NetworkSummary.Of(of.Graph, examples, set, cancellationToken: cancellationToken);

            ComparedNetwork Certified(string way, GraphModule of) =>
                ComparedNetwork.Of(
                    way, of.Graph, decoder, testing, certified ?? parts.HeldBack,
                    Certificates(way, of, set, property, certifying, certified, cancellationToken));
        });
        return command;
    }

    /// <summary>What is to hold; null where that cannot be certified.</summary>
    private static OutputProperty? PropertyOf(double tolerance, SemanticSet set, Graph network, HeatmapDecoder? decoder)
    {
        var keypoints = KeypointProperty.Of(tolerance, set, network);
        return decoder is null ? keypoints
            : KeypointMotion.Of(set, (int)network.Input.Shape[1], (int)network.Input.Shape[2]) is null
                ? new DecodedProperty(decoder, keypoints)
            : null;
    }

    private static ArgumentException Undecidable() =>
        new(
            "--verification-seconds cannot be used where the scene moves and keypoints are decoded from heatmaps: that is not certified "
            + "yet.");

    private static IReadOnlyList<Certificate> Certificates(
        string way, GraphModule network, SemanticSet set, OutputProperty? property, CertifierOptions options, KeypointDataset? images,
        CancellationToken cancellationToken)
    {
        if (property is null || images is null)
            return [];
        using var data = DataSource.ToTensors(images);
        using var certifier = new Certifier(network, set, property, options);
        return CertificationRun.Run($"{way}: certifying", certifier, data, againstLabel: true, cancellationToken);
    }

    /// <summary>Prunes by a ratio, and prints the rounds.</summary>
    private static GraphModule InRounds(
        GraphModule network, SemanticSet set, ProgressivePruningOptions options, KeypointData training, KeypointData testing,
        CancellationToken cancellationToken)
    {
        var report = TrainingRun.Run("pruning", network, set, options, training, testing, cancellationToken);
        var table = new Table().AddColumns("round", "removed", "parameters", "MACs", "error px");
        foreach (var round in report.Rounds)
        {
            Output.Event(
                "round", ("round", round.Round), ("removed", round.Ratio), ("parameters", round.Parameters), ("macs", round.Macs),
                ("errorPx", round.Error));
            table.AddRow(
                round.Round.ToString(),
                round.Ratio.ToString("0 %", CultureInfo.InvariantCulture),
                Numbers.Grouped(round.Parameters),
                Numbers.Grouped(round.Macs),
                round.Error.ToString("0.00", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
        return report.Network;
    }

    /// <summary>Prunes to a time, and prints what was predicted and measured.</summary>
    private static (GraphModule Network, bool Reached) ToTime(
        GraphModule network, SemanticSet set, OutputProperty property, double seconds, ProgressivePruningOptions options,
        KeypointData training, KeypointData testing, CancellationToken cancellationToken)
    {
        if (!(seconds > 0 && seconds < TimeSpan.MaxValue.TotalSeconds))
            throw new ArgumentOutOfRangeException("--verification-seconds", seconds, "The time must be positive.");
        var report = TrainingRun.RunToTime(
            network,
            set,
            property,
            new() { Target = TimeSpan.FromSeconds(seconds) },
            options, training, testing, cancellationToken);
        foreach (var round in report.Rounds)
        {
            Output.Event(
                "round", ("round", round.Round), ("removed", round.Ratio),
                ("predictedSeconds", round.Predicted?.TotalSeconds ?? double.NaN),
                ("measuredSeconds", round.Measured.TotalSeconds),
                ("errorPx", round.Error));
        }

        AnsiConsole.Profile.Out.Writer.WriteLine(report.ToString());
        return (report.Network, report.Stopped is null);
    }

    private static PruningPlan PlanOf(
        Graph network, KeypointData training, SemanticSet set, ProgressivePruningOptions options, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var context = training.ForPruning(network, set, options.CalibrationImages, options.Heatmaps);
        return PruningPlan.Create(context, options.Policy, options.Pruning with { Ratio = options.TargetRatio }, cancellationToken);
    }

    private static IPruningPolicy PolicyOf(string name, int seed, bool perMac)
    {
        IPruningPolicy policy = name switch
        {
            "usn-importance" => new LowestUsnPolicy(UsnRanking.RobustImportance),
            "usn-bounds" => new LowestUsnPolicy(UsnRanking.RobustImportance, new BoundUsnMetric()),
            "usn-rank-sum" => new LowestUsnPolicy(UsnRanking.RankSum),
            "usn-relative" => new LowestUsnPolicy(UsnRanking.Relative),
            "usn-raw" => new LowestUsnPolicy(UsnRanking.Raw),
            "usn-contribution" => new LowestUsnPolicy(UsnRanking.Contribution),
            "taylor" => new TaylorPolicy(),
            "magnitude" => new MagnitudePolicy(),
            "bn-scale" => new BatchNormScalePolicy(),
            "random" => new RandomPolicy(seed),
            _ => throw new ArgumentException($"Unknown policy '{name}'; it is {Policies}."),
        };
        return perMac ? new PerMacPolicy(policy) : policy;
    }
}
