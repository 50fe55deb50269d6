using System.CommandLine;
using KeypointRobustness.Runs;

namespace KeypointRobustness.Commands;

/// <summary><c>scenes</c>: draws what each change of the scene does.</summary>
internal static class ScenesCommand
{
    public static Command Create()
    {
        var seed = CommonOptions.Seed();
        var output = CommonOptions.Out("artifacts/scenes");
        var command = new Command("scenes", "Draws every change of the scene beside the code that makes it: OUT/scene-changes.html.")
        {
            seed,
            output,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            OutputFolder.RequireWritable(parsed.GetValue(output)!);
            var path = Path.Combine(parsed.GetValue(output)!, "scene-changes.html");
            SceneCookbook.Write(path, parsed.GetValue(seed), cancellationToken);
            Output.Wrote(path);
            return Task.FromResult(0);
        });
        return command;
    }
}
