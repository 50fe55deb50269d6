using System.CommandLine;
using System.Globalization;
using KeypointRobustness.Runs;
using KeypointRobustness.Shards;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Training;

namespace KeypointRobustness.Commands;

/// <summary><c>train</c>: trains a keypoint detector with robust augmentation and writes it as a model file.</summary>
internal static class TrainCommand
{
    private const string Heads = "coordinates, heatmaps or heatmaps-offsets";

    public static Command Create()
    {
        var size = CommonOptions.Size();
        var architecture = new Option<string>("--network")
        {
            Description = $"The network: {Networks.Known}.",
            DefaultValueFactory = _ => "cnn7",
        };
        var width = new Option<double>("--width")
        {
            Description = "The width multiplier of the network: 1 is the full one.",
            DefaultValueFactory = _ => 0.25,
        };
        var batchNormalization = new Option<bool>("--batch-norm")
        {
            Description = "Batch normalisation after every convolution of a CNN7; a ResNet always has it.",
        };
        var head = new Option<string>("--head")
        {
            Description = $"What the network gives: {Heads}.",
            DefaultValueFactory = _ => "coordinates",
        };
        var stages = new Option<int?>("--head-stages")
        {
            Description = "How often a head of heatmaps doubles the map's size; 1 by default, and 3 for resnet18-imagenet.",
        };
        var upsampling = new Option<string>("--head-upsampling")
        {
            Description = "How it doubles: transposed (convolution), nearest or bilinear (and a convolution).",
            DefaultValueFactory = _ => "transposed",
        };
        var decoding = new ModelOptions();
        var epochs = CommonOptions.Epochs(60, "Passes over the training images.");
        var learningRate = CommonOptions.LearningRate();
        var batch = CommonOptions.Batch();
        var weights = new Option<string?>("--weights")
        {
            Description =
                "Weights of PyTorch to begin with, a state dict in a .safetensors or .pth file; with --epochs 0 they stay as they are.",
        };
        var certify = new Option<int>("--certify")
        {
            Description =
                "Certifies so many held-back images afterwards, with certify's defaults and the same changes of the scene; writes "
                + "OUT/certified.",
        };
        var scene = new SceneOptions();
        var wasserstein = CommonOptions.Wasserstein();
        var attribution = CommonOptions.Attribution();
        var checkpoints = CommonOptions.Checkpoints();
        var seed = CommonOptions.Seed();
        var files = new DataOptions(seed);
        var output = CommonOptions.Out("artifacts/train");
        var command = new Command("train", "Trains a keypoint detector and writes OUT/model.safetensors.")
        {
            files.Data, files.Count, files.HeldBack, size, architecture, width, batchNormalization, head, stages, upsampling, epochs,
            learningRate, batch, wasserstein, attribution, checkpoints, seed, output, weights, certify,
        };
        scene.AddTo(command);
        decoding.AddDecoderTo(command);
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            CommonOptions.SayHowToGoOn(parsed.GetValue(checkpoints));
            ArgumentOutOfRangeException.ThrowIfNegative(parsed.GetValue(certify), "--certify");
            var certified = Path.Combine(parsed.GetValue(output)!, "certified");
            OutputFolder.RequireWritable(parsed.GetValue(output)!);
            if (parsed.GetValue(certify) > 0 && File.Exists(WorkSet.PathIn(certified)))
                throw new DataException($"{certified} holds the certificates of another model: give --out another folder, or delete it.");
            if (parsed.GetValue(checkpoints) is { } kept)
                OutputFolder.RequireWritable(kept, "--checkpoints");
            var options = new ProgressivePruningOptions
            {
                TargetRatio = 0,
                InitialEpochs = parsed.GetValue(epochs),
                LearningRate = parsed.GetValue(learningRate),
                Checkpoints = parsed.GetValue(checkpoints),
                Seed = parsed.GetValue(seed),
            };
            var imageSize = parsed.GetValue(size);
            var request = files.Read(parsed);
            var sized = request.Files with { Width = imageSize.Width, Height = imageSize.Height };
            var dataset = DataSource.Load(request.Source, request.Count, request.Seed, sized, cancellationToken);
            var parts = dataset.Split(request.HeldBack);
            using var training = DataSource.ToTensors(parts.Training);
            using var testing = DataSource.ToTensors(parts.HeldBack);
            options = options with { BatchSize = CommonOptions.BatchOf(parsed.GetValue(batch), (int)training.Count) };
            var shape = new Cnn7Options(
                (int)training.Images.shape[1], dataset.Height, dataset.Width, dataset.KeypointNames.Count,
                parsed.GetValue(width), parsed.GetValue(batchNormalization), parsed.GetValue(seed),
                HeadOf(parsed.GetValue(head)!, parsed.GetValue(stages) ?? Networks.UsualStages(parsed.GetValue(architecture)!),
                    parsed.GetValue(upsampling)!));
            MemoryNeed.Require(parsed.GetValue(architecture)!, shape, options.BatchSize);
            using var network = Networks.Create(parsed.GetValue(architecture)!, shape);
            if (parsed.GetValue(weights) is { } start)
                PyTorchWeights.Load(network, start);
            OutputFolder.RequireSpace(parsed.GetValue(output)!, ModelSource.SizeOf(network));
            var set = scene.Set(parsed, (int)training.Images.shape[1], sized);
            options = CommonOptions.WithLosses(
                options with { Heatmaps = decoding.Task(parsed, network.Graph) }, network.Graph, set, parsed.GetValue(wasserstein),
                parsed.GetValue(attribution));

            var report = TrainingRun.Run("training", network, set, options, training, testing, cancellationToken);
            var path = ModelSource.Save(report.Network, parsed.GetValue(output)!, ModelNotes.Of(parts.Training, request));
            Output.Event("trained", ("images", training.Count), ("heldBack", testing.Count), ("meanErrorPx", report.Rounds[^1].Error));
            Output.Text.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"trained on {training.Count} images, mean error on {testing.Count} held back: {report.Rounds[^1].Error:0.00} px of "
                    + $"{dataset.Width}x{dataset.Height}, {OriginalPixels.Describe(parts.HeldBack, report.Rounds[^1].Error)}"));
            Output.Wrote(path);
            if (parsed.GetValue(certify) is > 0 and var images)
                Certify(
                    report.Network, set, options.Heatmaps?.Decoder, request, ModelNotes.Load(path), certified, images, cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Certify(
        GraphModule network, SemanticSet set, HeatmapDecoder? decoder, DataRequest request, ModelNotes notes, string output, int images,
        CancellationToken cancellationToken)
    {
        WorkFolder.SayHowToGoOn(output);
        var samples = ModelData.Open(network, decoder, request, cancellationToken).HeldBack(request.HeldBack).First(images);
        using var work = new ImageCertification(network, ImageQuestion.Usual(set, decoder, request.Seed), samples, notes, keypoint: null);
        CertificationReport.Run(work, output, Shard.Whole, cancellationToken);
    }

    private static KeypointHead? HeadOf(string name, int stages, string upsampling)
    {
        Upsampling? mode = upsampling switch
        {
            "transposed" => null,
            "nearest" => Upsampling.Nearest,
            "bilinear" => Upsampling.Bilinear,
            _ => throw new ArgumentException($"Unknown upsampling '{upsampling}'; --head-upsampling is transposed, nearest or bilinear."),
        };
        return name switch
        {
            "coordinates" => null,
            "heatmaps" => new KeypointHead(stages, Upsampling: mode),
            "heatmaps-offsets" => new KeypointHead(stages, Upsampling: mode, Offsets: true),
            _ => throw new ArgumentException($"Unknown head '{name}'; --head is {Heads}."),
        };
    }
}
