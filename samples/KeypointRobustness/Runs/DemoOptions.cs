namespace KeypointRobustness.Runs;

/// <summary>What the demo does. The defaults fit into a few minutes on two cores.</summary>
internal sealed record DemoOptions
{
    /// <summary>Height and width of the scenes in pixels.</summary>
    public int Size { get; init; } = 32;

    /// <summary>The width multiplier of CNN7.</summary>
    public double Width { get; init; } = 0.25;

    /// <summary>Scenes to train on; at least 32.</summary>
    public int TrainingScenes { get; init; } = 1600;

    /// <summary>Other scenes, to measure the error on.</summary>
    public int TestScenes { get; init; } = 128;

    /// <summary>How many of the test scenes are certified; from 2 to <see cref="TestScenes"/>.</summary>
    public int CertifiedScenes { get; init; } = 8;

    /// <summary>Epochs of training for each way, fine-tuning included; at least 5.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Images in a training step.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Adam's first learning rate.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>The share of each layer's channels that the pruned ways lose.</summary>
    public double Ratio { get; init; } = 0.5;

    /// <summary>Brightness and contrast may change by up to this in both directions.</summary>
    public double Light { get; init; } = 0.05;

    /// <summary>Each parameter's range is cut into this many parts to begin with, for certification.</summary>
    public int Cells { get; init; } = 4;

    /// <summary>How many boxes to bound at most, to decide the keypoints of a scene.</summary>
    public int MaxBoxes { get; init; } = 200;

    /// <summary>How far from the label a keypoint may be, in pixels; 0 for the median that the bounds of all ways prove.</summary>
    public double Tolerance { get; init; }

    /// <summary>The weight of the Wasserstein loss, relative to the task loss.</summary>
    public double WassersteinWeight { get; init; } = 1;

    /// <summary>The seed of scenes, weights and training.</summary>
    public int Seed { get; init; }

    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(TrainingScenes, 32, "--scenes");
        ArgumentOutOfRangeException.ThrowIfLessThan(CertifiedScenes, 2, "--images");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CertifiedScenes, TestScenes, "--images");
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 5, "--epochs");
        ArgumentOutOfRangeException.ThrowIfNegative(Tolerance, "--tolerance");
    }
}
