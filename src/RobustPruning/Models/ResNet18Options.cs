namespace RobustPruning.Models;

/// <summary>The shape of a <see cref="ResNet18"/>.</summary>
/// <param name="Stem">How it begins.</param>
/// <param name="Channels">Channels of the image, at least 1.</param>
/// <param name="Height">Height of the image in pixels, at least 2.</param>
/// <param name="Width">Width of the image in pixels, at least 2.</param>
/// <param name="Keypoints">Keypoints to find, at least 1.</param>
/// <param name="WidthMultiplier">Scales the widths of all layers; positive. 1 is the full network, 0.25 a small one.</param>
/// <param name="Seed">The seed of the initial weights.</param>
/// <param name="Head">A head of heatmaps; null for coordinates behind global average pooling.</param>
public sealed record ResNet18Options(
    ResNetStem Stem = ResNetStem.Cifar,
    int Channels = 3,
    int Height = 64,
    int Width = 64,
    int Keypoints = 23,
    double WidthMultiplier = 1,
    int Seed = 0,
    KeypointHead? Head = null)
{
    internal void Validate()
    {
        if (!Enum.IsDefined(Stem))
            throw new ArgumentOutOfRangeException(nameof(Stem), Stem, "There is no such stem.");
        Head?.Validate();
        KeypointLayers.RequireSizes(Channels, Height, Width, Keypoints, WidthMultiplier);
    }
}
