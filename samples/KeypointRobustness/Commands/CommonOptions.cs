using System.CommandLine;
using System.Globalization;
using KeypointRobustness.Runs;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;

namespace KeypointRobustness.Commands;

/// <summary>Options that several commands share. Each call makes a fresh option, so that commands can have defaults of their own.</summary>
internal static class CommonOptions
{
    // The bounds of a CNN7 are tight enough without the loss; those of a plain ResNet18 are not.
    private const int ShallowActivations = 10;
    private const double UsualAttribution = 0.25;

    private const int UsualBatch = 16;

    public static Option<string> Data() => new("--data")
    {
        Description = "A folder or label file of DeepLabCut, Lightning Pose, COCO or SLEAP, or a CSV file; or 'aircraft' for built-in scenes.",
        DefaultValueFactory = _ => "aircraft",
    };

    public static Option<int> Count() => new("--count")
    {
        Description = "How many aircraft scenes to draw.",
        DefaultValueFactory = _ => 800,
    };

    public static Option<double> HeldBack() => new("--held-back")
    {
        Description = "The share of images, at the end, that is kept from training and used for testing.",
        DefaultValueFactory = _ => 0.15,
    };

    public static Option<ImageSize> Size() => new("--size")
    {
        Description = "Images are scaled to this many pixels: one number for both sides, or WIDTHxHEIGHT.",
        DefaultValueFactory = _ => new ImageSize(32, 32),
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            int[] sides = [.. text.Split('x').Select(side => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) ? pixels : 0)];
            if (sides is [> 0] or [> 0, > 0])
                return new ImageSize(sides[0], sides[^1]);
            result.AddError($"--size is '{text}', but must be a number of pixels above 0, or two as in 64x48.");
            return default;
        },
    };

    public static Option<string> Out(string path) => new("--out")
    {
        Description = "The folder to write to.",
        DefaultValueFactory = _ => path,
    };

    public static Option<string?> Shard() => new("--shard")
    {
        Description = "Does only shard i of n, for example 0/8, from 0 on; a Slurm array and a Kubernetes Indexed Job set it by themselves.",
    };

    public static Option<double> Brightness() => new("--brightness")
    {
        Description = "Brightness may change by up to this, in both directions.",
        DefaultValueFactory = _ => 0.05,
    };

    public static Option<double> Contrast() => new("--contrast")
    {
        Description = "Contrast may change by up to this, in both directions.",
        DefaultValueFactory = _ => 0.05,
    };

    public static Option<string[]> Joint() => new("--joint")
    {
        Description = "A specification of all keypoints together, decided beside the tolerance of each: squares:LIMIT (the squared deviations add up to so many pixels² at most), "
            + "mean:LIMIT (the mean keypoint moves by so many pixels at most along an axis), or a JSON file of linear constraints. It may be given several times.",
        DefaultValueFactory = _ => [],
    };

    public static Option<int> FirstCells() => new("--first-cells")
    {
        Description = "Each parameter's range is cut into so many parts to begin with. Where large boxes take long and prove nothing, 4 or 8 spare them.",
        DefaultValueFactory = _ => 1,
    };

    /// <summary>The joint specifications.</summary>
    public static IReadOnlyList<JointSpecification> JointOf(ParseResult parsed, Option<string[]> option) => [.. parsed.GetValue(option)!.Select(JointSpecification.Parse)];

    public static Option<int> Epochs(int epochs, string description) => new("--epochs")
    {
        Description = description,
        DefaultValueFactory = _ => epochs,
    };

    public static Option<double?> Wasserstein() => new("--wasserstein")
    {
        Description =
            "The weight of the Wasserstein loss, relative to the task loss; 0 turns it off. Unless given, 1, but 0 where the keypoints move "
            + "with the scene and beside --attribution.",
    };

    public static Option<double?> Attribution() => new("--attribution")
    {
        Description =
            "The absolute weight of the relaxation-attribution loss, which keeps the bounds of deep networks tight; 0 turns it off. Unless given, "
            + $"{UsualAttribution} where there are more than {ShallowActivations} layers of activations, as in a ResNet18, and 0 elsewhere.",
    };

    /// <summary>How the losses that make a network certifiable are weighted for a network and a perturbation set.</summary>
    /// <param name="options">The options so far, with the loss of heatmaps.</param>
    /// <param name="network">The network to train.</param>
    /// <param name="set">What may change about its images.</param>
    /// <param name="wasserstein">The weight given, or null.</param>
    /// <param name="attribution">The weight given, or null.</param>
    public static ProgressivePruningOptions WithLosses(
        ProgressivePruningOptions options, Graph network, SemanticSet set, double? wasserstein, double? attribution)
    {
        var weight = attribution ?? (network.Nodes.OfType<ActivationNode>().Count(node => node.MeasuresNeurons) > ShallowActivations ? UsualAttribution : 0);
        if (!(weight >= 0 && double.IsFinite(weight)))
            throw new ArgumentOutOfRangeException("--attribution", weight, "A weight is finite and not negative.");
        var shape = network.Input.Shape;

        // The Wasserstein loss asks neurons not to move, and so works against outputs that follow the scene.
        options = options with
        {
            WassersteinWeight = wasserstein ?? (weight > 0 || KeypointMotion.Of(set, (int)shape[1], (int)shape[2]) is not null ? 0 : 1),
        };
        if (weight == 0)
            return options;
        var decoder = options.Heatmaps?.Decoder is { Decoding: HeatmapDecoding.SoftArgMax } soft ? soft : null;
        return options with
        {
            Loss = (options.Heatmaps ?? (TrainingLoss)new SampledLoss()) + (weight * new RelaxationAttributionLoss(decoder: decoder)),
        };
    }

    public static Option<string?> Checkpoints() => new("--checkpoints")
    {
        Description = "A folder to keep a checkpoint in after every epoch; the same command goes on from it.",
    };

    /// <summary>Has a training say what is kept of it when it is stopped.</summary>
    public static void SayHowToGoOn(string? checkpoints) => Stopping.HowToGoOn = () => checkpoints is null
        ? "Nothing of it is kept: give --checkpoints FOLDER to go on from the last finished epoch."
        : $"The last finished epoch is kept in {checkpoints}; the same command goes on from it.";

    public static Option<double> LearningRate() => new("--learning-rate")
    {
        Description = "Adam's first learning rate.",
        DefaultValueFactory = _ => 2e-3,
    };

    public static Option<int?> Batch() => new("--batch") { Description = $"Images in a training step; {UsualBatch} by default, or all where there are fewer." };

    /// <summary>Images in a training step.</summary>
    /// <param name="asked">What was asked for; null for the default.</param>
    /// <param name="images">The training images.</param>
    public static int BatchOf(int? asked, int images) => asked ?? Math.Min(UsualBatch, images);

    public static Option<int> Seed() => new("--seed")
    {
        Description = "The seed of everything random.",
        DefaultValueFactory = _ => 0,
    };

    /// <summary>Brightness and contrast by up to the given amounts; a parameter that may not change is left out.</summary>
    public static SemanticSet Light(double brightness, double contrast)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(brightness, "--brightness");
        ArgumentOutOfRangeException.ThrowIfNegative(contrast, "--contrast");
        var transforms = new List<ISemanticTransform>();
        if (brightness != 0)
            transforms.Add(new Brightness(-brightness, brightness));
        if (contrast != 0)
            transforms.Add(new Contrast(-contrast, contrast));
        return transforms.Count > 0
            ? SemanticSet.Of(transforms)
            : throw new ArgumentException("Neither --brightness nor --contrast may change: there is nothing to be robust against.");
    }
}

/// <summary>A size in pixels; printed as it is given on the command line.</summary>
internal readonly record struct ImageSize(int Width, int Height)
{
    public override string ToString() => Width == Height ? $"{Width}" : $"{Width}x{Height}";
}
