using RobustPruning.Graphs;
using RobustPruning.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Models;

/// <summary>What the built-in keypoint networks share: fresh layers, the head, and the ranges of their sizes.</summary>
internal static class KeypointLayers
{
    /// <summary>A width times the multiplier, at least 1.</summary>
    public static long Scaled(int width, double multiplier) => Math.Max(1, (long)Math.Round(width * multiplier));

    /// <summary>A convolution that pads by half of its kernel, with weights by He et al. (2015).</summary>
    public static Conv2d Convolution(long inputs, long outputs, long kernel, long stride, bool bias)
    {
        var module = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: kernel / 2, bias: bias);
        Initialise(module.weight, module.bias);
        return module;
    }

    /// <summary>A hidden linear layer, with weights by He et al. (2015).</summary>
    public static Linear Hidden(long inputs, long outputs)
    {
        var module = nn.Linear(inputs, outputs);
        Initialise(module.weight, module.bias);
        return module;
    }

    /// <summary>The last layer gives pixels, so its weights are scaled to the image and its bias is the image's centre.</summary>
    public static Linear Head(long inputs, int keypoints, int height, int width)
    {
        var module = nn.Linear(inputs, 2 * keypoints);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var half = tensor(new[] { width / 2f, height / 2f }).repeat(keypoints);
        module.weight.mul_(half.unsqueeze(1));
        module.bias!.copy_(half);
        return module;
    }

    /// <summary>Ends a network with a head of heatmaps behind its trunk's feature map.</summary>
    public static Graph Build(GraphBuilder builder, GraphNode node, KeypointHead head, int keypoints, double widthMultiplier)
    {
        var width = Scaled(head.Channels, widthMultiplier);
        for (var stage = 1; stage <= head.Upsamplings; stage++)
        {
            var name = $"head.{stage}";
            if (head.Upsampling is { } mode)
            {
                node = builder.Upsample($"{name}.up", node, 2 * node.Shape[1], 2 * node.Shape[2], mode);
                node = builder.Convolution($"{name}.conv", node, Convolution(node.Channels, width, 3, 1, bias: false));
            }
            else
            {
                // Four by four with a stride of 2: every value of the result has four of the input.
                var module = nn.Conv2d(node.Channels, width, 4, bias: false);
                Initialise(module.weight, null);
                using (no_grad())
                    module.weight.mul_(Scalars.Of(2));
                node = builder.TransposedConvolution($"{name}.conv", node, module, stride: 2, padding: 1);
            }

            node = builder.Relu($"{name}.relu", builder.BatchNormalization($"{name}.bn", node, nn.BatchNorm2d(width)));
        }

        var maps = builder.Convolution("head.maps", node, nn.Conv2d(node.Channels, keypoints, 1));
        return head.Offsets
            ? builder.Build(maps, builder.Convolution("head.offsets", node, nn.Conv2d(node.Channels, 2 * keypoints, 1)))
            : builder.Build(maps);
    }

    /// <exception cref="ArgumentOutOfRangeException">A size is out of its range.</exception>
    public static void RequireSizes(int channels, int height, int width, int keypoints, double widthMultiplier)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1, "Channels");
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 2, "Height");
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 2, "Width");
        ArgumentOutOfRangeException.ThrowIfLessThan(keypoints, 1, "Keypoints");
        if (!(widthMultiplier > 0) || double.IsInfinity(widthMultiplier))
            throw new ArgumentOutOfRangeException("WidthMultiplier", widthMultiplier, "The width multiplier must be positive and finite.");
    }

    private static void Initialise(Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        nn.init.kaiming_normal_(weight);
        bias?.zero_();
    }
}
