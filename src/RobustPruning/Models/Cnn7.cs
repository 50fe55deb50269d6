using RobustPruning.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Models;

/// <summary>
/// The seven-layer network that certification papers use, with a keypoint head: 3×3 convolutions of 64, 64, 128 (stride 2), 128 and 128
/// channels, a hidden layer of 512, and the output <c>x₀, y₀, x₁, y₁, ...</c> in pixels.
/// </summary>
public static class Cnn7
{
    private static readonly (int Width, int Stride)[] Convolutions = [(64, 1), (64, 1), (128, 2), (128, 1), (128, 1)];

    /// <summary>Makes the network with fresh weights (He et al., 2015), predicting near the image's centre. Seeds torch's generator.</summary>
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
            node = builder.Convolution($"conv{layer}", node, NewConvolution(node.Channels, Scaled(width, options), stride));
            if (options.BatchNormalization)
                node = builder.BatchNormalization($"bn{layer}", node, nn.BatchNorm2d(node.Channels));
            node = builder.Relu($"relu{layer}", node);
        }

        node = builder.Flatten("flatten", node);
        node = builder.Linear("fc1", node, NewHidden(node.Channels, Scaled(512, options)));
        node = builder.Relu("relu6", node);
        node = builder.Linear("fc2", node, NewHead(node.Channels, options));
        return new GraphModule(builder.Build(node), "cnn7");
    }

    private static long Scaled(int width, Cnn7Options options) => Math.Max(1, (long)Math.Round(width * options.WidthMultiplier));

    private static Conv2d NewConvolution(long inputs, long outputs, long stride)
    {
        var module = nn.Conv2d(inputs, outputs, 3L, stride: stride, padding: 1);
        Initialise(module.weight, module.bias!);
        return module;
    }

    private static Linear NewHidden(long inputs, long outputs)
    {
        var module = nn.Linear(inputs, outputs);
        Initialise(module.weight, module.bias!);
        return module;
    }

    private static void Initialise(Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        nn.init.kaiming_normal_(weight);
        bias.zero_();
    }

    /// <summary>The last layer gives pixels, so its weights are scaled to the image and its bias is the image's centre.</summary>
    private static Linear NewHead(long inputs, Cnn7Options options)
    {
        var module = nn.Linear(inputs, 2 * options.Keypoints);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var half = tensor(new[] { options.Width / 2f, options.Height / 2f }).repeat(options.Keypoints);
        module.weight.mul_(half.unsqueeze(1));
        module.bias!.copy_(half);
        return module;
    }
}
