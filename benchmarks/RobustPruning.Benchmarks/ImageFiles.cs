using System.Globalization;
using KeypointRobustness.Pictures;
using KeypointRobustness.Scenes;

namespace RobustPruning.Benchmarks;

/// <summary>Aircraft scenes as image files with a label file, as users have them.</summary>
internal static class ImageFiles
{
    private const int Pixels = 64;

    /// <summary>Writes scenes of seed 0 as PNG files of 64×64 pixels, and their labels as a CSV file.</summary>
    /// <param name="folder">The folder to write to; it is made.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Write(string folder, int count, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var scenes = new AircraftScenes(new AircraftSceneOptions { Height = Pixels, Width = Pixels });
        using var labels = File.CreateText(Path.Combine(folder, "labels.csv"));
        labels.WriteLine("image," + string.Join(',', AircraftShape.KeypointNames.Select(name => $"{name}_x,{name}_y")));
        for (var index = 0; index < count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var scene = scenes.Render(seed: 0, index);
            var name = string.Create(CultureInfo.InvariantCulture, $"{index:00000}.png");
            PngPicture.Save(Path.Combine(folder, name), scene.Image);
            labels.WriteLine(name + "," + string.Join(',', scene.Keypoints.Select(value => value.ToString(CultureInfo.InvariantCulture))));
        }
    }
}
