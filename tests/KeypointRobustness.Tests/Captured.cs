using KeypointRobustness.Commands;
using Spectre.Console;

namespace KeypointRobustness.Tests;

/// <summary>What a command writes.</summary>
internal static class Captured
{
    /// <summary>Runs the app in this process.</summary>
    public static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        using StringWriter output = new(), error = new();
        var (textBefore, outputBefore, errorBefore) = (AnsiConsole.Profile.Out, Console.Out, Console.Error);
        AnsiConsole.Profile.Out = new AnsiConsoleOutput(output);
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            return (await AppCommand.RunAsync(arguments), output.ToString(), error.ToString());
        }
        finally
        {
            AnsiConsole.Profile.Out = textBefore;
            Console.SetOut(outputBefore);
            Console.SetError(errorBefore);
        }
    }
}
