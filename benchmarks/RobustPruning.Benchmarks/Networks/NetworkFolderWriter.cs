using System.Text.Json;
using System.Text.Json.Serialization;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Networks;

/// <summary>
/// Writes a network as a folder that <see cref="NetworkFolder"/> and the Python prototypes read: <c>manifest.json</c> with the layers in
/// order, their weights, images and the outputs of these images as .npy files.
/// </summary>
internal static class NetworkFolderWriter
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes the network as it is in evaluation mode; batch normalisation goes into the convolution before it.</summary>
    /// <param name="folder">The folder; made if missing, files in it are replaced.</param>
    /// <param name="network">
    /// A chain of convolutions, linear layers, ReLUs and flattens, with batch normalisation after convolutions only.
    /// </param>
    /// <param name="images">Images to try it on, <c>[N, C, H, W]</c>.</param>
    /// <exception cref="GraphException">
    /// The format has no word for a layer, or the images do not fit; the message names the layer.
    /// </exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Write(string folder, Graph network, Tensor images)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var folded = BatchNormalizationFolding.Fold(network);
        var outputs = folded.Graph.Forward(images);
        var layers = new List<Layer>();
        foreach (var (node, before) in folded.Graph.Nodes.Skip(1).Zip(folded.Graph.Nodes))
        {
            if (!node.Inputs.SequenceEqual([before]))
                throw new GraphException(node.Name, "the folder format holds chains only, where each layer reads the one before it.");
            layers.Add(Describe(node, layers.Count(layer => layer.Weight is not null)));
        }

        Directory.CreateDirectory(folder);
        foreach (var (node, layer) in folded.Graph.Nodes.Skip(1).Zip(layers).Where(pair => pair.Second.Weight is not null))
        {
            var (weight, bias) = node is ConvolutionNode convolution
                ? (convolution.Convolution.weight, convolution.Convolution.bias)
                : (((LinearNode)node).Weights.weight, ((LinearNode)node).Weights.bias);
            NpyFile.Write(Path.Combine(folder, layer.Weight!), weight);
            NpyFile.Write(Path.Combine(folder, layer.Bias!), bias ?? zeros(weight.shape[0]));
        }

        NpyFile.Write(Path.Combine(folder, "x.npy"), images);
        NpyFile.Write(Path.Combine(folder, "y_ref.npy"), outputs);
        var manifest = new
        {
            layers,
            x = "x.npy",
            y_ref = "y_ref.npy",
            layout = "NCHW float32 little-endian C order; weight OIHW / [out,in]",
        };
        File.WriteAllText(Path.Combine(folder, "manifest.json"), JsonSerializer.Serialize(manifest, Json));
    }

    private static Layer Describe(GraphNode node, int index) => node switch
    {
        ConvolutionNode convolution =>
            new("conv", $"w{index}.npy", $"b{index}.npy", Plain(convolution).weight.shape, convolution.Stride[0], convolution.Padding[0]),
        LinearNode linear => new("linear", $"w{index}.npy", $"b{index}.npy", linear.Weights.weight.shape),
        ReluNode => new("relu"),
        FlattenNode => new("flatten"),
        _ => throw new GraphException(node.Name, "the folder format holds convolutions, linear layers, ReLUs and flattens only."),
    };

    private static TorchSharp.Modules.Conv2d Plain(ConvolutionNode node) =>
        IsSquare(node.Kernel)
        && IsSquare(node.Stride)
        && IsSquare(node.Padding)
        && node.Dilation.All(step => step == 1)
        && node.Convolution.groups == 1
            ? node.Convolution
            : throw new GraphException(node.Name, "the folder format holds square convolutions without dilation or groups only.");

    private static bool IsSquare(IReadOnlyList<long> sizes) => sizes.All(size => size == sizes[0]);

    /// <summary>A layer as the manifest names it.</summary>
    private sealed record Layer(
        string Op, string? Weight = null, string? Bias = null, long[]? Wshape = null, long? Stride = null, long? Pad = null);
}
