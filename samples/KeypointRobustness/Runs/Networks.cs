using RobustPruning.Graphs;
using RobustPruning.Models;

namespace KeypointRobustness.Runs;

/// <summary>The networks that the app trains, by name.</summary>
internal static class Networks
{
    /// <summary>Their names, for help and messages.</summary>
    public const string Known = "cnn7, resnet18 or resnet18-imagenet";

    /// <summary>A fresh network of that name; what a ResNet does not have is left out of the options.</summary>
    /// <exception cref="ArgumentException">There is no network of that name.</exception>
    public static GraphModule Create(string name, Cnn7Options options) => name switch
    {
        "cnn7" => Cnn7.Create(options),
        "resnet18" => ResNet18.Create(ResNet(ResNetStem.Cifar, options)),
        "resnet18-imagenet" => ResNet18.Create(ResNet(ResNetStem.ImageNet, options)),
        _ => throw new ArgumentException($"Unknown network '{name}'; it is {Known}."),
    };

    /// <summary>How often a head doubles a map's size, unless given: a cell of a ResNet's map then spans four pixels.</summary>
    public static int UsualStages(string name) => name == "resnet18-imagenet" ? 3 : 1;

    private static ResNet18Options ResNet(ResNetStem stem, Cnn7Options options) =>
        new(stem, options.Channels, options.Height, options.Width, options.Keypoints, options.WidthMultiplier, options.Seed, options.Head);
}
