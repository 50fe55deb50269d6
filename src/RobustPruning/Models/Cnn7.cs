using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Models;

/// <summary>
/// The seven-layer network that certification papers use, with a keypoint head: 3×3 convolutions of 64, 64, 128 (stride 2), 128 and 128
/// channels, a hidden layer of 512, and the output <c>x₀, y₀, x₁, y₁, ...</c> in pixels.
/// </summary>
public static class Cnn7
{
    private static readonly (int Width, int Stride)[] Convolutions = [(64, 1), (64, 1), (128, 2), (128, 1), (128, 1)];

    /// <summary>
    /// Makes the network with fresh weights (He et al., 2015), predicting near the image's centre. Seeds torch's generator.
    /// </summary>
    /// <param name="options">Its shape.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static GraphModule Create(Cnn7Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        manual_seed(options.Seed);
        var builder = new GraphBuilder([options.Channels, options.Height, options.Width]);
        var node = builder.Input;
        for (var layer = 1; layer <= Convolutions.Length; layer++)
        {
            var (width, stride) = Convolutions[layer - 1];
            node = builder.Convolution(
                $"conv{layer}",
                node,
                KeypointLayers.Convolution(node.Channels, Scaled(width), 3, stride, bias: true));
            if (options.BatchNormalization)
                node = builder.BatchNormalization($"bn{layer}", node, nn.BatchNorm2d(node.Channels));
            node = builder.Relu($"relu{layer}", node);
        }

        if (options.Head is { } head)
            return new GraphModule(KeypointLayers.Build(builder, node, head, options.Keypoints, options.WidthMultiplier), "cnn7");
        node = builder.Flatten("flatten", node);
        node = builder.Linear("fc1", node, KeypointLayers.Hidden(node.Channels, Scaled(512)));
        node = builder.Relu("relu6", node);
        node = builder.Linear("fc2", node, KeypointLayers.Head(node.Channels, options.Keypoints, options.Height, options.Width));
        return new GraphModule(builder.Build(node), "cnn7");

        long Scaled(int width) => KeypointLayers.Scaled(width, options.WidthMultiplier);
    }
}
