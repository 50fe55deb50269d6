using System.CommandLine;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;
using RobustPruning.Benchmarks.Networks;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>dump --model M --data D --out DIR --images N</c>: writes a model and held-back images as a folder that <c>tightness</c>,
/// <c>scaling</c> and the Python prototypes read.
/// </summary>
internal static class DumpCommand
{
    public static Command Create()
    {
        var model = new ModelOptions();
        var images = new Option<int>("--images")
        {
            Description = "How many of the held-back images, from the first on; at least 1.",
            DefaultValueFactory = _ => 16,
        };
        var seed = CommonOptions.Seed();
        var files = new DataOptions(seed);
        var output = CommonOptions.Out("artifacts/dump");
        var command = new Command("dump", "Writes a model and held-back images as .npy files with a manifest.json.")
        {
            files.Data, files.Count, files.HeldBack, images, seed, output,
        };
        model.AddTo(command);
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            using var network = model.Load(parsed);
            var request = files.Read(parsed, model.Notes(parsed));
            var testing = ModelData
                .Load(network, model.Decoder(parsed, network.Graph), request, cancellationToken)
                .Split(request.HeldBack)
                .HeldBack;
            var wanted = parsed.GetValue(images);
            if (wanted < 1 || wanted > testing.Samples.Count)
                throw new ArgumentOutOfRangeException("--images", wanted, $"There are {testing.Samples.Count} held-back images.");
            using var tensors = DataSource.ToTensors(testing);
            using var chosen = tensors.Images.narrow(0, 0, wanted);
            NetworkFolderWriter.Write(parsed.GetValue(output)!, network.Graph, chosen);
            Console.WriteLine($"wrote {network.Graph.Parameters} parameters and {wanted} images to {parsed.GetValue(output)}");
            return Task.FromResult(0);
        });
        return command;
    }
}
