using System.CommandLine;
using System.Text.RegularExpressions;
using KeypointRobustness.Runs;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Onnx;
using RobustPruning.Onnx.VnnLib;
using RobustPruning.Pruning;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace KeypointRobustness.Commands;

/// <summary>The app's command line. Bad input ends in one line on standard error and exit code 2.</summary>
internal static partial class AppCommand
{
    /// <summary>What users type.</summary>
    public const string Name = "robustpruning";

    private const int BadInput = 2;

    /// <summary>Runs the command that the arguments name.</summary>
    /// <returns>
    /// 0 on success, 1 where a check found something wrong, 2 on bad input, 130, 143 or 124 if it was stopped: see <see cref="Stopping"/>.
    /// </returns>
    public static Task<int> RunAsync(string[] args) => RunAsync(Commands(), args);

    /// <summary>All commands.</summary>
    public static RootCommand Commands() => new(
        "Trains, prunes and certifies keypoint detectors against changes of light; verifies ONNX models against VNN-LIB specifications.")
    {
        DemoCommand.Create(), TrainCommand.Create(), PruneCommand.Create(), CertifyCommand.Create(), ScenesCommand.Create(),
        CheckCommand.Create(), VerifyCommand.Create(),
        ReproduceCommand.Create(), MergeCommand.Create(), CompletionCommand.Create(),
    };

    /// <summary>Runs the command of <paramref name="root"/> that the arguments name.</summary>
    /// <returns>As for <see cref="RunAsync(string[])"/>.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var (time, json, quiet, verbose) = AddSharedOptions(root);
        root.HelpName = Name;
        HelpWithExample.AddTo(root);
        Output.CommandLine = $"{Name} {string.Join(' ', args.Select(word => word.Contains(' ') ? $"\"{word}\"" : word))}";
        var parsed = root.Parse(args);

        // Scripts are to hear of a wrong command line as of any other error.
        var isRead = parsed.Errors.Count == 0;
        using var output = Output.Begin(
            isRead ? parsed.GetValue(json) : args.Contains(json.Name),
            isRead && parsed.GetValue(quiet),
            isRead && parsed.GetValue(verbose));
        if (parsed.Errors.Count > 0)
            return Fail(
                args is [var word, ..] && !word.StartsWith('-') && root.Subcommands.All(command => command.Name != word)
                    ? $"There is no command '{word}'; did you mean "
                    + $"'{Nearest(word, [.. root.Subcommands.Select(command => command.Name)])}'? --help lists all."
                    : parsed.Errors[0].Message);

        try
        {
            using var stopping = new Stopping(Stopping.End(parsed.GetValue(time)));
            Output.Event("command", ("name", parsed.CommandResult.Command.Name));
            try
            {
                // A thread of its own, as commands may work for long before they look up.
                return await await Task.Factory.StartNew(() =>
                {
                    set_num_threads(Environment.ProcessorCount);
                    return parsed.InvokeAsync(
                        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                        stopping.Token);
                }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            catch (OperationCanceledException)
            {
                stopping.Tell();
                return stopping.ExitCode;
            }
        }
        catch (Exception error) when (IsBadInput(error))
        {
            if (Output.IsVerbose)
                Console.Error.WriteLine(error);
            return Fail(error.Message);
        }
    }

    /// <summary>The name that takes the fewest letters to change, leave out or put in.</summary>
    internal static string Nearest(string word, IReadOnlyList<string> names) => names.MinBy(name => Distance(word, name))!;

    private static int Distance(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (var i = 1; i <= from.Length; i++)
        {
            var (diagonal, above) = (row[0], 0);
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }

    private static bool IsBadInput(Exception error) =>
        error
            is DataException
                or GraphException
                or CheckpointException
                or ModelFileException
                or CertificateException
                or OnnxException
                or VnnLibException
                or PruningException
                or ArgumentException
                or IOException
                or UnauthorizedAccessException;

    // The library speaks of its own options; here they have other names.
    private static readonly (string Library, string App)[] OptionNames =
    [
        ($"{nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.InputShape)}", "--input-shape"),
        ($"{nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.StopBeforeSoftmax)}", "--stop-before-softmax"),
        ($"{nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.Batch)} = {nameof(OnnxBatch.None)}", "--batch-axis none"),
        ("set --stop-before-softmax", "give --stop-before-softmax"),
        ($" (Parameter '{nameof(ProgressivePruningOptions.BatchSize)}')", " (--batch)"),
        ($" (Parameter '{nameof(ProgressivePruningOptions.LearningRate)}')", " (--learning-rate)"),
        ($" (Parameter '{nameof(ProgressivePruningOptions.InitialEpochs)}')", " (--epochs)"),
        ($" (Parameter '{nameof(ProgressivePruningOptions.EpochsPerRound)}')", " (--epochs)"),
        ($" (Parameter '{nameof(ProgressivePruningOptions.WassersteinWeight)}')", " (--wasserstein)"),
        ($" (Parameter '{nameof(ProgressivePruningOptions.TargetRatio)}')", " (--ratio)"),
        ($" (Parameter '{nameof(ProgressivePruningOptions.Rounds)}')", " (--rounds)"),
        ($" (Parameter '{nameof(Cnn7Options.WidthMultiplier)}')", " (--width)"),
        ($" (Parameter '{nameof(CertifierOptions.MaxBoxes)}')", " (--max-boxes)"),
        ($" (Parameter '{nameof(CertifierOptions.TimeLimit)}')", " (--seconds)"),
        (" (Parameter 'tolerance')", " (--tolerance)"),
        (" (Parameter 'softness')", " (--shadow-softness)"),
        (" (Parameter 'sigma')", " (--light-spot-at, --blur-sigma)"),
        (" (Parameter 'size')", " (--blur-size)"),
        (" (Parameter 'fieldOfView')", " (--field-of-view)"),
        (" (Parameter 'Tolerance')", " (--tolerance)"),
        (nameof(ProgressivePruningOptions.InitialEpochs), "--epochs"),
        (nameof(ProgressivePruningOptions.EpochsPerRound), "--epochs"),
        (nameof(PruningOptions.MinimumWidth), "--minimum-width"),
        (nameof(PruningOptions.MaximumRatio), "--maximum-ratio"),
    ];

    /// <summary>Adds the options that every command takes.</summary>
    internal static (Option<string?> Time, Option<bool> Json, Option<bool> Quiet, Option<bool> Verbose) AddSharedOptions(RootCommand root)
    {
        var time = new Option<string?>("--time")
        {
            Description = "Stops in time: seconds, or [D-]HH:MM[:SS]. The end of a Slurm job is known without it.", Recursive = true,
        };
        var json = new Option<bool>("--json")
        {
            Description = "Writes one JSON object a line for each event; text goes to standard error.",
            Recursive = true,
        };
        var quiet = new Option<bool>("--quiet") { Description = "Shows no progress.", Recursive = true };
        var verbose = new Option<bool>("--verbose")
        {
            Description = "Says more on standard error: every epoch, every image, and where in the code an error comes from.",
            Recursive = true,
        };
        foreach (var option in new Option[] { time, json, quiet, verbose })
            root.Add(option);
        return (time, json, quiet, verbose);
    }

    [GeneratedRegex(@" \(Parameter '\w+'\)")]
    private static partial Regex ParameterName();

    private static int Fail(string message)
    {
        foreach (var (library, app) in OptionNames)
            message = message.Replace(library, app, StringComparison.Ordinal);
        Output.Error(ParameterName().Replace(message, string.Empty));
        return BadInput;
    }
}
