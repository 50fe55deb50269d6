using System.Text;
using KeypointRobustness.Runs;
using RobustPruning.Data;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace KeypointRobustness.Reproduction;

/// <summary>The images of a comparison, the same for all of its runs. It owns its tensors.</summary>
internal sealed class ReproductionData : IDisposable
{
    private ReproductionData(KeypointDataset training, KeypointDataset heldBack, KeypointDataset certified)
    {
        Training = DataSource.ToTensors(training);
        HeldBack = DataSource.ToTensors(heldBack);
        Certified = DataSource.ToTensors(certified);
        Keypoints = training.KeypointNames.Count;
        Tensor[] all = [Training.Images, Training.Labels, HeldBack.Images, HeldBack.Labels];
        Digest = RobustPruning.Certification.Digest.Of(
            Encoding.ASCII.GetBytes(string.Concat(all.Select(RobustPruning.Certification.Digest.Of))));
    }

    /// <summary>What is trained on.</summary>
    public KeypointData Training { get; }

    /// <summary>What errors are measured on.</summary>
    public KeypointData HeldBack { get; }

    /// <summary>Those of <see cref="HeldBack"/> that are certified: spread evenly, as neighbours in a video look alike.</summary>
    public KeypointData Certified { get; }

    /// <summary>Keypoints of an image.</summary>
    public int Keypoints { get; }

    /// <summary>SHA-256 of all images and labels.</summary>
    public string Digest { get; }

    /// <summary>Draws scenes or reads a folder.</summary>
    /// <exception cref="DataException">The data cannot be read, or too few of the images held back have a label.</exception>
    public static ReproductionData Load(ReproductionPreset preset, CancellationToken cancellationToken)
    {
        // Stretched, as the published results were made.
        var options = new KeypointDatasetOptions { Height = preset.Size, Width = preset.Size, KeepAspectRatio = false };
        var (training, heldBack) = DataSource
            .Load(preset.Data, preset.Scenes, preset.DataSeed, options, cancellationToken)
            .Split(preset.HeldBack);
        var labelled = heldBack.Samples.Where(sample => sample.Visible.Contains(true)).ToList();
        if (heldBack.Samples.Count < 2 || labelled.Count == 0)
            throw new DataException(
                $"Of the {heldBack.Samples.Count} images held back of '{preset.Data}' {labelled.Count} have a label; there must be at "
                + $"least 2 images, and 1 with a label.");
        var count = Math.Min(preset.CertifiedImages, labelled.Count);
        return new(
            training,
            heldBack,
            new([.. Enumerable.Range(0, count).Select(n => labelled[n * labelled.Count / count])], heldBack.KeypointNames));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Training.Dispose();
        HeldBack.Dispose();
        Certified.Dispose();
    }
}
