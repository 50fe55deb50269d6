using RobustPruning.Models;
using SkiaSharp;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace Documentation.Tests;

/// <summary>Files that the pages' examples read, as their hidden set-up asks for them.</summary>
public static class ExampleFiles
{
    /// <summary>A folder with 20 images of one bright spot each, and its labels as a CSV file.</summary>
    /// <param name="folder">The folder, made if need be.</param>
    public static void WriteProject(string folder)
    {
        Directory.CreateDirectory(folder);
        var rows = new List<string> { "image,spot_x,spot_y" };
        for (var n = 0; n < 20; n++)
        {
            var (x, y) = (5 + (n % 5 * 4), 6 + (n / 5 * 5));
            using var bitmap = new SKBitmap(32, 32, SKColorType.Rgba8888, SKAlphaType.Opaque);
            bitmap.Erase(new SKColor(40, 50, 60));
            for (var pixel = 0; pixel < 9; pixel++)
                bitmap.SetPixel(x - 1 + (pixel % 3), y - 1 + (pixel / 3), SKColors.White);
            using var file = File.Create(Path.Combine(folder, $"{n:00}.png"));
            bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
            rows.Add($"{n:00}.png,{x},{y}");
        }

        File.WriteAllLines(Path.Combine(folder, "labels.csv"), rows);
    }

    /// <summary>Weights of a ResNet18 as a PyTorch module would save them whose last layer is called <c>head</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The network.</param>
    public static void WriteWeights(string path, ResNet18Options options)
    {
        using var network = ResNet18.Create(options);
        Safetensors.SaveStateDict(
            path,
            network.state_dict().ToDictionary(pair => pair.Key.Replace("fc.", "head.", StringComparison.Ordinal), pair => pair.Value));
    }
}
