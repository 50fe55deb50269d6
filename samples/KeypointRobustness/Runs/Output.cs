using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace KeypointRobustness.Runs;

/// <summary>
/// Where the app's words go: text on standard output and problems on standard error; or, with <c>--json</c>, one JSON object a line on
/// standard output for each event, and the text on standard error.
/// </summary>
internal static class Output
{
    /// <summary>The version of the events: it grows where a name or a meaning changes.</summary>
    public const int EventVersion = 1;

    // A pipe or a log has no width of its own; tables should not be broken for it.
    private const int WidthWithoutTerminal = 160;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private static readonly Lock Gate = new();

    /// <summary>Whether events are asked for.</summary>
    public static bool IsJson { get; private set; }

    /// <summary>Whether a line can be drawn again.</summary>
    public static bool IsTerminal => !IsJson && !Console.IsErrorRedirected;

    /// <summary>Where progress goes: nowhere with <c>--quiet</c>.</summary>
    public static TextWriter Progress => IsQuiet ? TextWriter.Null : Console.Error;

    /// <summary>Whether progress is left out.</summary>
    public static bool IsQuiet { get; private set; }

    /// <summary>Whether more is asked for.</summary>
    public static bool IsVerbose { get; private set; }

    /// <summary>Where text goes.</summary>
    public static TextWriter Text => IsJson ? Console.Error : AnsiConsole.Profile.Out.Writer;

    /// <summary>The command as it was typed.</summary>
    public static string CommandLine { get; set; } = string.Empty;

    /// <summary>When, and by which command, a page is written.</summary>
    public static IReadOnlyList<(string Name, string Value)> Origin() =>
        [("Written", string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC")), ("Command", CommandLine)];

    /// <summary>Begins a command.</summary>
    /// <returns>Ends it: the console is as before.</returns>
    public static IDisposable Begin(bool json, bool quiet = false, bool verbose = false)
    {
        (IsQuiet, IsVerbose) = (quiet, verbose);
        var before = AnsiConsole.Console;
        IsJson = json;
        if (json)
            AnsiConsole.Console = AnsiConsole.Create(
                new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(Console.Error) });
        if (json || Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthWithoutTerminal;
            AnsiConsole.Profile.Capabilities.Ansi = false;
        }

        return new Restore(before);
    }

    /// <summary>Writes an event if events are asked for.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">What it says.</param>
    public static void Event(string name, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!IsJson)
            return;
        var all = new Dictionary<string, object?> { ["version"] = EventVersion, ["event"] = name };
        foreach (var (key, value) in values)
            all[key] = value;
        lock (Gate)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(all, Json));
            Console.Out.Flush();
        }
    }

    /// <summary>Says that a file was written.</summary>
    public static void Wrote(string path)
    {
        Event("wrote", ("path", path));
        Text.WriteLine($"wrote {path}");
    }

    /// <summary>Says why a command was stopped and how to go on, in one line.</summary>
    public static void Stopped(string reason, string howToGoOn)
    {
        Event("stopped", ("reason", reason), ("goOn", howToGoOn));
        Problem($"stopped ({reason}). {howToGoOn}");
    }

    /// <summary>Says what is wrong, in one line.</summary>
    public static void Error(string message)
    {
        message = message.ReplaceLineEndings(" ");
        Event("error", ("message", message));
        Problem("error: " + message);
    }

    /// <summary>Says a line where more is asked for, on standard error.</summary>
    public static void Detail(string line)
    {
        if (IsVerbose)
            Problem(line);
    }

    /// <summary>Says what was assumed, in one line on standard error.</summary>
    public static void Note(string message) => Problem("note: " + message);

    /// <summary>Says what the user should know, in one line on standard error.</summary>
    public static void Warning(string message) => Problem("warning: " + message);

    private static void Problem(string line)
    {
        WorkProgress.ClearLine();
        Console.Error.WriteLine(line);
    }

    private sealed class Restore(IAnsiConsole before) : IDisposable
    {
        public void Dispose()
        {
            if (IsJson)
                AnsiConsole.Console = before;
            (IsJson, IsQuiet, IsVerbose) = (false, false, false);
        }
    }
}
