using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Onnx;

namespace KeypointRobustness.Runs;

/// <summary>Loads networks from either kind of file.</summary>
internal static class ModelSource
{
    /// <summary>Whether a file is an ONNX model, by its name.</summary>
    public static bool IsOnnx(string path) => Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>A network from a model file, or from an ONNX model; the caller owns it.</summary>
    /// <exception cref="ModelFileException">The model file is damaged.</exception>
    /// <exception cref="OnnxException">The ONNX model cannot be read.</exception>
    public static GraphModule Load(string path, OnnxLoadOptions options) => IsOnnx(path) ? OnnxModel.Load(path, options).Network : ModelFile.Load(path);

    /// <summary>Writes a network next to what it was made of: as a model file, and as ONNX if it came as such.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Save(GraphModule network, string folder, bool asOnnx, IReadOnlyDictionary<string, string> notes)
    {
        var files = new List<string> { Path.Combine(folder, "model.safetensors") };
        ModelFile.Save(network, files[0], notes);
        if (asOnnx)
        {
            files.Add(Path.Combine(folder, "model.onnx"));
            OnnxModel.Save(network.Graph, files[1]);
        }

        return files;
    }
}
