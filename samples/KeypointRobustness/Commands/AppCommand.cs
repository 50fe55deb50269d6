using System.CommandLine;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Onnx;
using RobustPruning.Onnx.VnnLib;
using RobustPruning.Pruning;
using RobustPruning.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace KeypointRobustness.Commands;

/// <summary>The app's command line. Bad input ends in one line on standard error and exit code 2.</summary>
internal static class AppCommand
{
    private const int BadInput = 2;
    private const int Cancelled = 130;
    private const int WidthWithoutTerminal = 160;

    /// <summary>Runs the command that the arguments name.</summary>
    /// <returns>0 on success, 2 on bad input, 130 if cancelled.</returns>
    public static Task<int> RunAsync(string[] args) => RunAsync(
        new RootCommand("Trains, prunes and certifies keypoint detectors against changes of light; verifies ONNX models against VNN-LIB specifications.")
        {
            DemoCommand.Create(), TrainCommand.Create(), PruneCommand.Create(), CertifyCommand.Create(), VerifyCommand.Create(), ReproduceCommand.Create(),
        },
        args);

    /// <summary>Runs the command of <paramref name="root"/> that the arguments name.</summary>
    /// <returns>0 on success, 2 on bad input, 130 if cancelled.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Fail(parsed.Errors[0].Message);

        try
        {
            set_num_threads(Environment.ProcessorCount);

            // A pipe or a log has no width of its own; tables should not be broken for it.
            if (Console.IsOutputRedirected)
            {
                AnsiConsole.Profile.Width = WidthWithoutTerminal;
                AnsiConsole.Profile.Capabilities.Ansi = false;
            }
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception error) when (IsBadInput(error))
        {
            return Fail(error.Message);
        }
        catch (OperationCanceledException)
        {
            AnsiConsole.WriteLine("cancelled");
            return Cancelled;
        }
    }

    private static bool IsBadInput(Exception error) =>
        error is DataException or GraphException or CheckpointException or ModelFileException or OnnxException or VnnLibException or PruningException
            or ArgumentException or IOException or UnauthorizedAccessException;

    // The library speaks of its own options; here they have other names.
    private static readonly (string Library, string App)[] OptionNames =
    [
        ($"{nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.InputShape)}", "--input-shape"),
        ($"{nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.StopBeforeSoftmax)}", "--stop-before-softmax"),
        ($"{nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.Batch)} = {nameof(OnnxBatch.None)}", "--batch-axis none"),
        ("set --stop-before-softmax", "give --stop-before-softmax"),
        (nameof(PruningOptions.MinimumWidth), "--minimum-width"),
        (nameof(PruningOptions.MaximumRatio), "--maximum-ratio"),
    ];

    private static int Fail(string message)
    {
        foreach (var (library, app) in OptionNames)
            message = message.Replace(library, app, StringComparison.Ordinal);
        Console.Error.WriteLine("error: " + message.ReplaceLineEndings(" "));
        return BadInput;
    }
}
