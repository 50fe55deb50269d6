using RobustPruning.Data;
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
    public static GraphModule Load(string path, OnnxLoadOptions options) =>
        IsOnnx(path) ? OnnxModel.Load(path, options).Network : ModelFile.Load(path);

    /// <summary>About how many bytes a network's file takes.</summary>
    public static long SizeOf(GraphModule network) => sizeof(float) * network.Graph.Parameters;

    /// <summary>
    /// Writes a network as OUT/model.safetensors; where that cannot be written, to a folder for temporary files, so that a training is not
    /// lost.
    /// </summary>
    /// <returns>The file.</returns>
    /// <exception cref="IOException">It can be written to neither.</exception>
    public static string Save(GraphModule network, string folder, IReadOnlyDictionary<string, string> notes)
    {
        var path = Path.Combine(folder, "model.safetensors");
        try
        {
            ModelFile.Save(network, path, notes);
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DataException or ModelFileException)
        {
            var elsewhere = Path.Combine(Directory.CreateTempSubdirectory("robustpruning-").FullName, "model.safetensors");
            ModelFile.Save(network, elsewhere, notes);
            Output.Warning($"{path} cannot be written ({error.Message.ReplaceLineEndings(" ")}); the model is kept in {elsewhere}.");
            return elsewhere;
        }
    }

    /// <summary>Writes a network next to what it was made of: as a model file, and as ONNX if it came as such.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Save(GraphModule network, string folder, bool asOnnx, IReadOnlyDictionary<string, string> notes)
    {
        var files = new List<string> { Save(network, folder, notes) };
        if (asOnnx)
        {
            files.Add(Path.Combine(Path.GetDirectoryName(files[0])!, "model.onnx"));
            OnnxModel.Save(network.Graph, files[1]);
        }

        return files;
    }
}
