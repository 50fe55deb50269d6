namespace RobustPruning.Models;

/// <summary>How a <see cref="ResNet18"/> begins.</summary>
public enum ResNetStem
{
    /// <summary>A 3×3 convolution that keeps the size; for images of 32×32 or so.</summary>
    Cifar,

    /// <summary>
    /// A 7×7 convolution with stride 2 and a 3×3 max pooling with stride 2: a quarter of the size; for images of 224×224 or so.
    /// </summary>
    ImageNet,
}
