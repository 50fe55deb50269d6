using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Models;

/// <summary>
/// The residual network of 18 layers (He et al., "Deep residual learning for image recognition", 2016) with a keypoint head: four stages of
/// two blocks with 64, 128, 256 and 512 channels, each but the first halving the size, batch normalisation after every convolution, global
/// average pooling, and the output <c>x₀, y₀, x₁, y₁, ...</c> in pixels; or heatmaps, see <see cref="KeypointHead"/>. Layers are named as
/// torchvision names them.
/// </summary>
public static class ResNet18
{
    private static readonly int[] Widths = [64, 128, 256, 512];

    /// <summary>
    /// Makes the network with fresh weights (He et al., 2015), predicting near the image's centre. Seeds torch's generator.
    /// </summary>
    /// <param name="options">Its shape.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static GraphModule Create(ResNet18Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        manual_seed(options.Seed);
        var builder = new GraphBuilder([options.Channels, options.Height, options.Width]);
        var node = Stem(builder, options);
        for (var stage = 1; stage <= Widths.Length; stage++)
        {
            var width = KeypointLayers.Scaled(Widths[stage - 1], options.WidthMultiplier);
            node = Block(builder, $"layer{stage}.0", node, width, stage == 1 ? 1 : 2);
            node = Block(builder, $"layer{stage}.1", node, width, 1);
        }

        if (options.Head is { } head)
            return new GraphModule(KeypointLayers.Build(builder, node, head, options.Keypoints, options.WidthMultiplier), "resnet18");
        node = builder.AdaptiveAveragePool("avgpool", node, nn.AdaptiveAvgPool2d(1));
        node = builder.Flatten("flatten", node);
        node = builder.Linear("fc", node, KeypointLayers.Head(node.Channels, options.Keypoints, options.Height, options.Width));
        return new GraphModule(builder.Build(node), "resnet18");
    }

    private static GraphNode Stem(GraphBuilder builder, ResNet18Options options)
    {
        var width = KeypointLayers.Scaled(Widths[0], options.WidthMultiplier);
        var (kernel, stride) = options.Stem == ResNetStem.ImageNet ? (7, 2) : (3, 1);
        var node = builder.Relu("relu", Normalised(builder, "conv1", "bn1", builder.Input, width, kernel, stride));
        return options.Stem == ResNetStem.ImageNet ? builder.MaxPool("maxpool", node, nn.MaxPool2d(3L, stride: 2, padding: 1)) : node;
    }

    /// <summary>Two convolutions, and a shortcut that projects where size or channels change.</summary>
    private static GraphNode Block(GraphBuilder builder, string name, GraphNode input, long width, long stride)
    {
        var node = builder.Relu($"{name}.relu1", Normalised(builder, $"{name}.conv1", $"{name}.bn1", input, width, 3, stride));
        node = Normalised(builder, $"{name}.conv2", $"{name}.bn2", node, width, 3, 1);
        var shortcut = stride == 1
            ? input
            : Normalised(builder, $"{name}.downsample.0", $"{name}.downsample.1", input, width, 1, stride);
        return builder.Relu($"{name}.relu2", builder.Addition($"{name}.add", node, shortcut));
    }

    private static GraphNode Normalised(
        GraphBuilder builder, string convolution, string normalization, GraphNode input, long width, long kernel, long stride)
    {
        var node = builder.Convolution(convolution, input, KeypointLayers.Convolution(input.Channels, width, kernel, stride, bias: false));
        return builder.BatchNormalization(normalization, node, nn.BatchNorm2d(width));
    }
}
