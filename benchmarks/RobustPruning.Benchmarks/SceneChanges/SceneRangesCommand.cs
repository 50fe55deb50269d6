using System.CommandLine;
using System.Text.Json;
using RobustPruning.Benchmarks.Networks;
using RobustPruning.Certification;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.SceneChanges;

/// <summary>
/// <c>scene-ranges NETWORK_DIR ...</c>: the range of one image's outputs over each change of the scene, to a relative gap; one JSON line
/// each.
/// </summary>
internal static class SceneRangesCommand
{
    public static Command Create()
    {
        var network = new Argument<string>("network") { Description = "A folder that dump wrote." };
        var image = new Option<int>("--image") { Description = "The image's index.", DefaultValueFactory = _ => 0 };
        var change = new Option<string[]>("--change")
        {
            Description = $"Any of {string.Join(", ", MeasuredChanges.All.Keys)}; all unless given.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var gap = new Option<double>("--gap") { Description = "The relative gap to stop at.", DefaultValueFactory = _ => 0.01 };
        var maxBoxes = new Option<int>("--max-boxes") { Description = "How many boxes at most.", DefaultValueFactory = _ => 20_000 };
        var workers = new Option<int>("--workers")
        {
            Description = "Boxes bounded at once, each on one thread.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var command = new Command("scene-ranges", "Searches the range of outputs over each change of the scene.")
        {
            network, image, change, gap, maxBoxes, workers,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            using var noGradient = no_grad();
            var (read, images, outputs) = NetworkFolder.Read(parsed.GetValue(network)!);
            using var owned = read;
            using var ownedImages = images;
            outputs.Dispose();
            if (parsed.GetValue(image) < 0 || parsed.GetValue(image) >= images.shape[0])
                throw new ArgumentOutOfRangeException("--image", parsed.GetValue(image), $"There are {images.shape[0]} images.");
            using var chosen = images[parsed.GetValue(image)];
            var options = new RangeSearchOptions
            {
                Gap = parsed.GetValue(gap),
                MaxBoxes = parsed.GetValue(maxBoxes),
                Workers = parsed.GetValue(workers),
            };
            foreach (var name in MeasuredChanges.Chosen(MeasuredChanges.All, parsed.GetValue(change)!))
            {
                var set = MeasuredChanges.All[name](chosen.shape);
                using var search = new RangeSearch(read.Graph, set, options);
                var before = Environment.CpuUsage.TotalTime;
                var result = search.Search(chosen, cancellationToken: cancellationToken);
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    change = name,
                    set = set.ToString(),
                    gap = result.Gap,
                    reached = result.Gap <= options.Gap,
                    meanWidth = result.SampledUpper.Zip(result.SampledLower, (high, low) => high - low).Average(),
                    boxes = result.Boxes,
                    seconds = result.Elapsed.TotalSeconds,
                    processorSeconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds,
                }));
            }

            return Task.FromResult(0);
        });
        return command;
    }
}
