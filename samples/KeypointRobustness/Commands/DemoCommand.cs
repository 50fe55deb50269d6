using System.CommandLine;
using KeypointRobustness.Runs;

namespace KeypointRobustness.Commands;

/// <summary><c>demo</c>: the whole method on aircraft scenes, ways to prune side by side.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var defaults = new DemoOptions();
        var output = CommonOptions.Out("artifacts/demo");
        var epochs = CommonOptions.Epochs(defaults.Epochs, "Epochs of training for each of the four ways, fine-tuning included.");
        var scenes = new Option<int>("--scenes")
        {
            Description = "Scenes to train on.",
            DefaultValueFactory = _ => defaults.TrainingScenes,
        };
        var images = new Option<int>("--images")
        {
            Description = "Scenes to certify.",
            DefaultValueFactory = _ => defaults.CertifiedScenes,
        };
        var tolerance = new Option<double>("--tolerance")
        {
            Description = "How far from the label a keypoint may be, in pixels; 0 takes the median that the bounds prove, so that no "
                + "column is all or nothing.",
            DefaultValueFactory = _ => defaults.Tolerance,
        };
        var seed = CommonOptions.Seed();
        var command = new Command(
            "demo", "Trains, prunes and certifies on aircraft scenes, unpruned and by three policies; writes OUT/report.html and "
            + "OUT/results.json.")
        {
            output, epochs, scenes, images, tolerance, seed,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new DemoOptions
            {
                Epochs = parsed.GetValue(epochs),
                TrainingScenes = parsed.GetValue(scenes),
                CertifiedScenes = parsed.GetValue(images),
                Tolerance = parsed.GetValue(tolerance),
                Seed = parsed.GetValue(seed),
            };
            options.Validate();
            OutputFolder.RequireWritable(parsed.GetValue(output)!);
            var rows = new DemoRun(options).Run(cancellationToken);
            DemoReport.Write(parsed.GetValue(output)!, options, rows);
            return Task.FromResult(0);
        });
        return command;
    }
}
