using System.CommandLine;
using System.Text.Json;
using KeypointRobustness.Shards;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>memory MODEL</c>: certifies many image files with one box each, in a process of its own, and prints its memory in each tenth of the
/// images and after the last.
/// </summary>
internal static class MemoryCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "A model file for aircraft scenes; a small one is fast." };
        var images = new Option<int>("--images")
        {
            Description = "How many images; a tenth of them is certified first.",
            DefaultValueFactory = _ => 10000,
        };
        var app = ShardsCommand.App();
        var command = new Command("memory", "Shows whether memory stays the same over many image files.") { model, images, app };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = Directory.CreateTempSubdirectory("memory-").FullName;
            try
            {
                var run = new CertifyProcesses(
                    parsed.GetValue(app)!, folder, parsed.GetValue(model)!, light: 0.05, maxBoxes: 1, cancellationToken);
                foreach (var count in new[] { parsed.GetValue(images) / 10, parsed.GetValue(images) })
                {
                    run.WriteImages($"data{count}", count);
                    var (cost, megabytes) = await run.Run($"data{count}", $"certified{count}", Shard.Whole, count);
                    Console.WriteLine(
                        JsonSerializer.Serialize(
                            new
                            {
                                images = count,
                                cost,
                                megabytesInTenths = megabytes.SkipLast(1),
                                megabytesInReport = megabytes[^1],
                            }));
                }

                Console.WriteLine(JsonSerializer.Serialize(new { run.Crashes }));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }
}
