using System.CommandLine;
using System.Text.Json;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;
using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Data;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.SceneChanges;

/// <summary>
/// <c>scene-widths ...</c>: how wide pixels are enclosed over parts of each change's box, over the range that sampled θ reach; one JSON
/// line a change and part. A part has a share of each side; it lies anywhere in the box.
/// </summary>
internal static class SceneWidthsCommand
{
    public static Command Create()
    {
        var change = new Option<string[]>("--change")
        {
            Description = $"Any of {string.Join(", ", MeasuredChanges.All.Keys)}; all unless given.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var parts = new Option<int[]>("--parts")
        {
            Description = "Into how many parts each side is cut; at least 1.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [64, 16, 4, 1],
        };
        var images = new Option<int>("--images")
        {
            Description = "How many aircraft scenes, each with a part of its own; at least 1.",
            DefaultValueFactory = _ => 16,
        };
        var samples = new Option<int>("--samples")
        {
            Description = "How many θ of each part beside its corners; at least 1.",
            DefaultValueFactory = _ => 500,
        };
        var size = CommonOptions.Size();
        var seed = CommonOptions.Seed();
        var command = new Command(
            "scene-widths",
            "Compares enclosures of pixels with the ranges that samples reach, for boxes of several sizes.")
        {
            change, parts, images, samples, size, seed,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            using var noGradient = no_grad();
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(images), 1, "--images");
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(samples), 1, "--samples");
            var pixels = parsed.GetValue(size);
            using var scenes = DataSource.ToTensors(
                DataSource.Load(
                    DataSource.Aircraft,
                    Math.Max(2, parsed.GetValue(images)),
                    parsed.GetValue(seed),
                    new KeypointDatasetOptions { Height = pixels.Height, Width = pixels.Width },
                    cancellationToken));
            using var wide = scenes.Images.to(float64);
            foreach (var name in MeasuredChanges.Chosen(MeasuredChanges.All, parsed.GetValue(change)!))
            {
                var set = MeasuredChanges.All[name]([.. wide.shape[1..]]).WithoutClip();
                foreach (var share in parsed.GetValue(parts)!)
                {
                    ArgumentOutOfRangeException.ThrowIfLessThan(share, 1, "--parts");
                    Print(name, set, share, wide, parsed.GetValue(images), parsed.GetValue(samples), parsed.GetValue(seed));
                }
            }

            return Task.FromResult(0);
        });
        return command;
    }

    private static void Print(string change, SemanticSet set, int parts, Tensor images, int count, int samples, int seed)
    {
        var random = new Random(seed);
        double width = 0, range = 0;
        for (var index = 0; index < count; index++)
        {
            using var scope = NewDisposeScope();
            double[] starts = [.. set.Box.Lower.Zip(set.Box.Upper, (low, high) => low + (random.Next(parts) * (high - low) / parts))];
            var part = new ParameterBox(
                starts,
                [.. starts.Select((start, k) => Math.Min(set.Box.Upper[k], start + ((set.Box.Upper[k] - set.Box.Lower[k]) / parts)))]);
            using var enclosed = set.Enclose(images[index], part);
            var found = EnclosureRun.Compare(set, images[index], part, enclosed, samples, random);
            (width, range) = (width + found.Width, range + found.Range);
        }

        Console.WriteLine(JsonSerializer.Serialize(new { change, parts, images = count, samples, widthOverSampled = width / range }));
    }
}
