using System.Text.Json;
using RobustPruning.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Networks;

/// <summary>
/// Reads a network from a folder of .npy files with a <c>manifest.json</c>, as <see cref="NetworkFolderWriter"/> writes it.
/// </summary>
internal static class NetworkFolder
{
    /// <summary>The network in evaluation mode, its images [N, C, H, W] and its reference outputs [N, F]; the caller owns them.</summary>
    /// <exception cref="NpyException">The folder does not hold such a network.</exception>
    public static (GraphModule Network, Tensor Images, Tensor Outputs) Read(string folder)
    {
        try
        {
            using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")));
            var images = Array(folder, manifest.RootElement, "x");
            return (Network(folder, manifest.RootElement, images.shape[1..]), images, Array(folder, manifest.RootElement, "y_ref"));
        }
        catch (Exception error) when (error is not NpyException && error is IOException or JsonException or KeyNotFoundException
            or InvalidOperationException or GraphException)
        {
            throw new NpyException(folder, error.Message);
        }
    }

    private static GraphModule Network(string folder, JsonElement manifest, long[] imageShape)
    {
        var builder = new GraphBuilder(imageShape);
        var node = builder.Input;
        foreach (var (index, layer) in manifest.GetProperty("layers").EnumerateArray().Index())
        {
            var kind = layer.GetProperty("op").GetString()!;
            var name = $"{kind}{index}";
            node = kind switch
            {
                "conv" => builder.Convolution(name, node, Convolution(folder, layer)),
                "linear" => builder.Linear(name, node, Linear(folder, layer)),
                "relu" => builder.Relu(name, node),
                "flatten" => builder.Flatten(name, node),
                _ => throw new NpyException(folder, $"layer {index} is of the unknown kind '{kind}'."),
            };
        }

        var network = new GraphModule(builder.Build(node));
        network.eval();
        return network;
    }

    private static Conv2d Convolution(string folder, JsonElement layer)
    {
        using var weight = Array(folder, layer, "weight");
        var module = nn.Conv2d(weight.shape[1], weight.shape[0], (weight.shape[2], weight.shape[3]),
            stride: (layer.GetProperty("stride").GetInt64(), layer.GetProperty("stride").GetInt64()),
            padding: (layer.GetProperty("pad").GetInt64(), layer.GetProperty("pad").GetInt64()));
        Fill(module.weight, weight, module.bias!, folder, layer);
        return module;
    }

    private static Linear Linear(string folder, JsonElement layer)
    {
        using var weight = Array(folder, layer, "weight");
        var module = nn.Linear(weight.shape[1], weight.shape[0]);
        Fill(module.weight, weight, module.bias!, folder, layer);
        return module;
    }

    private static void Fill(Tensor weight, Tensor newWeight, Tensor bias, string folder, JsonElement layer)
    {
        using var noGradient = no_grad();
        using var newBias = Array(folder, layer, "bias");
        weight.copy_(newWeight);
        bias.copy_(newBias);
    }

    private static Tensor Array(string folder, JsonElement entry, string key) =>
        NpyFile.Read(Path.Combine(folder, entry.GetProperty(key).GetString()!));
}
