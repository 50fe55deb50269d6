using System.CommandLine;
using System.Globalization;
using KeypointRobustness.Runs;
using RobustPruning.Models;
using RobustPruning.Pruning;
using RobustPruning.Training;
using Spectre.Console;

namespace KeypointRobustness.Commands;

/// <summary><c>prune</c>: prunes a model in rounds, with fine-tuning, and writes the smaller model.</summary>
internal static class PruneCommand
{
    private const string Policies = "usn, usn-relative, usn-raw, taylor, magnitude or random";

    public static Command Create()
    {
        var model = CommonOptions.Model();
        var data = CommonOptions.Data();
        var count = CommonOptions.Count();
        var heldBack = CommonOptions.HeldBack();
        var ratio = new Option<double>("--ratio") { Description = "The share of each layer's channels to remove, in [0, 1).", DefaultValueFactory = _ => 0.5 };
        var rounds = new Option<int>("--rounds") { Description = "In how many cuts.", DefaultValueFactory = _ => 2 };
        var policy = new Option<string>("--policy") { Description = $"Which channels leave: {Policies}.", DefaultValueFactory = _ => "usn" };
        var epochs = CommonOptions.Epochs(10, "Epochs of fine-tuning after each cut.");
        var learningRate = CommonOptions.LearningRate();
        var batch = CommonOptions.Batch();
        var brightness = CommonOptions.Brightness();
        var contrast = CommonOptions.Contrast();
        var wasserstein = CommonOptions.Wasserstein(1);
        var seed = CommonOptions.Seed();
        var output = CommonOptions.Out("artifacts/prune");
        var command = new Command("prune", "Prunes a model and writes OUT/model.safetensors.")
        {
            model, data, count, heldBack, ratio, rounds, policy, epochs, learningRate, batch, brightness, contrast, wasserstein, seed, output,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var light = CommonOptions.Light(parsed.GetValue(brightness), parsed.GetValue(contrast));
            var options = new ProgressivePruningOptions
            {
                TargetRatio = parsed.GetValue(ratio),
                Rounds = parsed.GetValue(rounds),
                InitialEpochs = 0,
                EpochsPerRound = parsed.GetValue(epochs),
                BatchSize = parsed.GetValue(batch),
                LearningRate = parsed.GetValue(learningRate),
                Policy = PolicyOf(parsed.GetValue(policy)!, parsed.GetValue(seed)),
                WassersteinWeight = parsed.GetValue(wasserstein),
                Seed = parsed.GetValue(seed),
            };
            using var network = ModelFile.Load(parsed.GetValue(model)!);
            var parts = ModelData.Load(network, parsed.GetValue(data)!, parsed.GetValue(count), parsed.GetValue(seed), cancellationToken)
                .Split(parsed.GetValue(heldBack));
            using var training = DataSource.ToTensors(parts.Training);
            using var testing = DataSource.ToTensors(parts.HeldBack);

            var report = TrainingRun.Run("pruning", network, light, options, training, testing, cancellationToken);
            using var pruned = report.Network;
            var table = new Table().AddColumns("round", "channels removed", "parameters", "MACs", "error px");
            foreach (var round in report.Rounds)
            {
                table.AddRow(round.Round.ToString(), round.Ratio.ToString("0 %", CultureInfo.InvariantCulture), Numbers.Grouped(round.Parameters),
                    Numbers.Grouped(round.Macs), round.Error.ToString("0.00", CultureInfo.InvariantCulture));
            }

            AnsiConsole.Write(table);
            var path = Path.Combine(parsed.GetValue(output)!, "model.safetensors");
            ModelFile.Save(pruned, path);
            AnsiConsole.WriteLine($"wrote {path}");
            return Task.FromResult(0);
        });
        return command;
    }

    private static IPruningPolicy PolicyOf(string name, int seed) => name switch
    {
        "usn" => new LowestUsnPolicy(),
        "usn-relative" => new LowestUsnPolicy(UsnRanking.Relative),
        "usn-raw" => new LowestUsnPolicy(UsnRanking.Raw),
        "taylor" => new TaylorPolicy(),
        "magnitude" => new MagnitudePolicy(),
        "random" => new RandomPolicy(seed),
        _ => throw new ArgumentException($"Unknown policy '{name}'; it is {Policies}."),
    };
}
