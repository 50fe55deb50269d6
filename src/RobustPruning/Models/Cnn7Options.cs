namespace RobustPruning.Models;

/// <summary>The shape of a <see cref="Cnn7"/>.</summary>
/// <param name="Channels">Channels of the image, at least 1.</param>
/// <param name="Height">Height of the image in pixels, at least 2.</param>
/// <param name="Width">Width of the image in pixels, at least 2.</param>
/// <param name="Keypoints">Keypoints to find, at least 1.</param>
/// <param name="WidthMultiplier">Scales the widths of all hidden layers; positive. 1 is the full network, 0.25 a small one.</param>
/// <param name="BatchNormalization">Whether every convolution is followed by a batch normalisation.</param>
/// <param name="Seed">The seed of the initial weights.</param>
/// <param name="Head">A head of heatmaps behind the convolutions; null for coordinates behind a hidden layer.</param>
public sealed record Cnn7Options(
    int Channels = 3,
    int Height = 64,
    int Width = 64,
    int Keypoints = 23,
    double WidthMultiplier = 1,
    bool BatchNormalization = false,
    int Seed = 0,
    KeypointHead? Head = null)
{
    internal void Validate()
    {
        Head?.Validate();
        KeypointLayers.RequireSizes(Channels, Height, Width, Keypoints, WidthMultiplier);
    }
}
