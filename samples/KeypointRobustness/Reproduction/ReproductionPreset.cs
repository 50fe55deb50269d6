using KeypointRobustness.Runs;

namespace KeypointRobustness.Reproduction;

/// <summary>What is compared, on what, and for how long. The defaults are those of <see cref="Quick"/>.</summary>
internal sealed record ReproductionPreset
{
    /// <summary>Seconds: two rows, for tests.</summary>
    public static ReproductionPreset Tiny { get; } = new()
    {
        Name = "tiny",
        Scenes = 24,
        HeldBack = 1 / 3.0,
        Size = 16,
        Width = 0.1,
        Rows = ["robust", "usn-rank-sum+wasserstein"],
        Seeds = 1,
        ImagesSeen = 16 * 6,
        BatchSize = 8,
        CertifiedImages = 2,
        Boxes = 4,
        HardnessImages = 1,
    };

    /// <summary>All rows on small images, within an hour on two cores.</summary>
    public static ReproductionPreset Quick { get; } = new();

    /// <summary>The rows with the Wasserstein loss, trained three times as long, at several ratios, and certified on four times as many images.</summary>
    public static ReproductionPreset Thorough { get; } = new()
    {
        Name = "thorough",
        Rows =
        [
            "robust", "robust+wasserstein", "scratch+wasserstein", "random+wasserstein", "magnitude+wasserstein", "taylor+wasserstein",
            "usn-rank-sum+wasserstein", "usn-bounds+wasserstein",
        ],
        Ratios = [0, 0.3, 0.5, 0.7],
        ImagesSeen = 1360 * 30,
        CertifiedImages = 64,
    };

    /// <summary>A ResNet18, which no row certifies without a loss for it; the most telling rows first, so that a run stopped early is a table.</summary>
    public static ReproductionPreset ResNet { get; } = new()
    {
        Name = "resnet",
        Networks = ["resnet18-imagenet"],
        Rows =
        [
            "robust", "robust+attribution", "usn-importance+attribution", "taylor+attribution", "random+attribution", "robust+wasserstein",
            "taylor", "random", "usn-importance+wasserstein", "random+wasserstein", "scratch+attribution", "magnitude+attribution",
        ],
        ImagesSeen = 1360 * 20,
        CertifiedImages = 8,
        Boxes = 48,
    };

    /// <summary>Two networks on greater images, and every kind of light.</summary>
    public static ReproductionPreset Paper { get; } = new()
    {
        Name = "paper",
        Size = 64,
        Networks = ["resnet18-imagenet", "cnn7"],
        Width = 0.5,
        Lights = [new("both", 0.05, 0.05), new("brightness", 0.05, 0), new("contrast", 0, 0.05)],
        Rows =
        [
            "robust", "usn-importance+wasserstein", "random+wasserstein", "robust+wasserstein", "taylor+wasserstein", "robust+attribution", "usn-importance+attribution",
            "taylor+attribution", "random+attribution", "random", "taylor", "scratch+wasserstein", "magnitude+wasserstein",
        ],
        Ratios = [0, 0.5, 0.3, 0.7],
        Weights = [0, 10, 3],
        ImagesSeen = 1360 * 20,
        CertifiedImages = 8,
        Boxes = 96,
    };

    /// <summary>Its name.</summary>
    public string Name { get; init; } = "quick";

    /// <summary>'aircraft' for built-in scenes, or a folder.</summary>
    public string Data { get; init; } = DataSource.Aircraft;

    /// <summary>How many scenes are drawn, where they are drawn.</summary>
    public int Scenes { get; init; } = 1600;

    /// <summary>The seed of the scenes: data are the same for all seeds of training.</summary>
    public int DataSeed { get; init; }

    /// <summary>The share of images, at the end, that is kept from training.</summary>
    public double HeldBack { get; init; } = 0.15;

    /// <summary>Height and width of the images in pixels.</summary>
    public int Size { get; init; } = 32;

    /// <summary>The networks' names.</summary>
    public IReadOnlyList<string> Networks { get; init; } = ["cnn7"];

    /// <summary>The networks' width multiplier.</summary>
    public double Width { get; init; } = 0.25;

    /// <summary>The changes of light.</summary>
    public IReadOnlyList<LightChange> Lights { get; init; } = [new("both", 0.05, 0.05)];

    /// <summary>Names of the rows.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [.. MethodRow.All.Select(row => row.Name)];

    /// <summary>Pruning ratios: 0 for unpruned rows, the others for small ones.</summary>
    public IReadOnlyList<double> Ratios { get; init; } = [0, 0.5];

    /// <summary>Weights of the Wasserstein loss relative to the task's; 0 stands for the rows without it.</summary>
    public IReadOnlyList<double> Weights { get; init; } = [0, 3];

    /// <summary>Weights of the relaxation-area loss relative to the task's. From 0.3 on it kills all neurons of a fresh network.</summary>
    public IReadOnlyList<double> AreaWeights { get; init; } = [0.05];

    /// <summary>Absolute weights of the relaxation-attribution loss.</summary>
    public IReadOnlyList<double> AttributionWeights { get; init; } = [0.25];

    /// <summary>How many trainings of each row, with seeds from 0.</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>The budget of every training: how many images it sees, epochs times training images.</summary>
    public int ImagesSeen { get; init; } = 1360 * 10;

    /// <summary>Images in a training step.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Perturbed copies of each image in a step, in rows with robust augmentation.</summary>
    public int AugmentedCopies { get; init; } = 1;

    /// <summary>Adam's first learning rate; it falls along a cosine over all epochs.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>The share of the training over which the added loss grows to its full weight.</summary>
    public double Warmup { get; init; } = 0.5;

    /// <summary>In how many cuts channels leave. One costs the least accuracy where a training is short.</summary>
    public int Cuts { get; init; } = 1;

    /// <summary>The share of the training before the first cut, in (0, 1); the rest is shared out evenly after the cuts.</summary>
    public double FirstCut { get; init; } = 0.3;

    /// <summary>What is asked about every keypoint.</summary>
    public IReadOnlyList<Question> Questions { get; init; } = [new(AgainstLabel: true, 2), new(AgainstLabel: false, 0.5)];

    /// <summary>How many of the images kept from training are certified, spread evenly over them.</summary>
    public int CertifiedImages { get; init; } = 16;

    /// <summary>How many parameter boxes an image may take, for each question.</summary>
    public int Boxes { get; init; } = 128;

    /// <summary>A network whose predictions vary less than this share of the labels' variation is trivial.</summary>
    public double TrivialVariation { get; init; } = 0.25;

    /// <summary>How many images are bounded to see how hard a network is without one of its channels.</summary>
    public int HardnessImages { get; init; } = 4;

    /// <summary>The tolerance of the share of correct predictions: that of the first question about labels, or of the first.</summary>
    public double CorrectTolerance => (Questions.FirstOrDefault(question => question.AgainstLabel) ?? Questions[0]).Tolerance;

    /// <summary>The preset of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ReproductionPreset Of(string name) => name switch
    {
        "tiny" => Tiny,
        "quick" => Quick,
        "thorough" => Thorough,
        "resnet" => ResNet,
        "paper" => Paper,
        _ => throw new ArgumentException($"Unknown preset '{name}'; it is tiny, quick, thorough, resnet or paper."),
    };

    /// <summary>All trainings, seed by seed so that a first comparison is there early.</summary>
    public IEnumerable<ReproductionRun> Runs() =>
        from seed in Enumerable.Range(0, Seeds)
        from network in Networks
        from light in Lights
        from row in Rows.Select(MethodRow.Of)
        from ratio in Ratios.Where(ratio => ratio > 0 == row.IsSmall)
        from weight in WeightsOf(row)
        select new ReproductionRun(row.Name, network, light.Name, ratio, weight, seed);

    /// <summary>The weights that a row's added loss is tried with; 0 without one.</summary>
    public IEnumerable<double> WeightsOf(MethodRow row) => row.Loss switch
    {
        AddedLoss.RelaxationArea => AreaWeights,
        AddedLoss.Attribution => AttributionWeights,
        _ => Weights.Where(weight => weight > 0 == (row.Loss == AddedLoss.Wasserstein)),
    };

    /// <summary>The change of light of a run.</summary>
    public LightChange LightOf(ReproductionRun run) => Lights.First(light => light.Name == run.Light);

    /// <summary>Refuses a run of another comparison; its row may be any, and its seed too.</summary>
    /// <exception cref="ArgumentException">The preset has no such network, light, ratio or weight.</exception>
    public void RequireOwn(ReproductionRun run)
    {
        var row = MethodRow.Of(run.Row);
        Require(Networks.Contains(run.Network), "network", run.Network);
        Require(Lights.Any(light => light.Name == run.Light), "change of light", run.Light);
        Require(row.IsSmall ? run.Ratio > 0 && Ratios.Contains(run.Ratio) : run.Ratio == 0, "ratio", run.Ratio);
        Require(WeightsOf(row).Contains(run.Weight), "weight", run.Weight);

        static void Require(bool known, string name, object value)
        {
            if (!known)
                throw new ArgumentException(FormattableString.Invariant($"There is no {name} {value} in this preset."));
        }
    }

    /// <summary>Epochs that spend the budget: the same for all runs on the same data.</summary>
    /// <param name="images">The number of training images.</param>
    public int Epochs(long images) => (int)Math.Max(Cuts + 1, ImagesSeen / images);

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Seeds, 1, "--seeds");
        foreach (var row in Rows)
            MethodRow.Of(row);
    }
}
