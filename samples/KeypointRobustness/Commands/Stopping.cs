using System.Globalization;
using System.Runtime.InteropServices;
using KeypointRobustness.Runs;

namespace KeypointRobustness.Commands;

/// <summary>
/// What ends a command early: SIGINT (exit code 130), SIGTERM (143), or a time that is over (124). The work is cancelled; where it does not
/// end soon by itself, in the middle of a long computation, the process is ended. Files are whole or not there, so that nothing is lost by
/// it.
/// </summary>
internal sealed class Stopping : IDisposable
{
    /// <summary>Exit code of a command whose time is over, as that of <c>timeout</c>.</summary>
    public const int TimeIsOver = 124;

    private const int Interrupted = 130;
    private const int Terminated = 143;
    private const double MarginShare = 0.2;
    private const int SpareThreads = 4;

    // SIGXFSZ, on Linux and macOS alike.
    private const PosixSignal FileSizeLimit = (PosixSignal)25;

    // Said where a command keeps nothing, and where it is stopped before it could say what it keeps.
    private const string Default =
        "Nothing of this run is kept; the same command starts over, or goes on from what earlier runs have finished.";

    // A signal must have ended the command two seconds later, on a busy machine too.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.8);
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private readonly CancellationTokenSource _source = new();
    private readonly Lock _lock = new();
    private readonly List<IDisposable> _owned = [];
    private readonly ManualResetEventSlim _isStopped = new();
    private bool _isOver;
    private string? _reason;

    /// <summary>Listens for signals, and for the end of the time if there is one.</summary>
    /// <param name="end">When the time is over; null for never.</param>
    public Stopping(DateTimeOffset? end)
    {
        HowToGoOn = () => Default;

        // Signals and timers come by the thread pool, which work may occupy, and what ends the process must not depend on it.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + SpareThreads), completions);
        new Thread(EndProcess) { IsBackground = true, Priority = ThreadPriority.Highest, Name = "stopping" }.Start();
        _owned.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnSignal(context, Interrupted, "SIGINT")));
        _owned.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnSignal(context, Terminated, "SIGTERM")));

        // A file above the limit that a scheduler or ulimit sets is then an error of writing, as a full disk is, instead of the end of the
        // process.
        if (!OperatingSystem.IsWindows())
            _owned.Add(PosixSignalRegistration.Create(FileSizeLimit, context => context.Cancel = true));
        if (end is not { } at)
            return;
        var left = at - DateTimeOffset.UtcNow;
        var wait = left - TimeSpan.FromTicks(Math.Min((long)(left.Ticks * MarginShare), LongestMargin.Ticks));
        wait = TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, LongestTimer.Ticks));
        _owned.Add(new Timer(_ => Stop(TimeIsOver, "its time is over"), null, wait, Timeout.InfiniteTimeSpan));
    }

    /// <summary>Cancelled when the command is to end.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code that the reason asks for; 130 where the work was cancelled by something else.</summary>
    public int ExitCode { get; private set; } = Interrupted;

    /// <summary>Says what is kept and how to go on, in a sentence or two. A command sets it before its work.</summary>
    public static Func<string> HowToGoOn { get; set; } = () => Default;

    /// <summary>The end of a scheduler's job, or of the time a user gives, whichever comes first; null without either.</summary>
    /// <param name="time">The user's: seconds, or <c>[D-]HH:MM[:SS]</c> as schedulers write it; null without.</param>
    /// <exception cref="ArgumentException">
    /// The time cannot be read, or is not above zero; or SLURM_JOB_END_TIME is not seconds since 1970.
    /// </exception>
    public static DateTimeOffset? End(string? time)
    {
        DateTimeOffset? given = time is null ? null : DateTimeOffset.UtcNow + Parse(time);
        if (Environment.GetEnvironmentVariable("SLURM_JOB_END_TIME") is not { Length: > 0 } text)
            return given;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            throw new ArgumentException($"SLURM_JOB_END_TIME is '{text}', but must be seconds since 1970.");
        var end = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return given < end ? given : end;
    }

    /// <summary>Says that the command was stopped, and how to go on.</summary>
    public void Tell()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            _isOver = true;
            Output.Stopped(_reason ?? "it was cancelled", HowToGoOn());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _owned.ForEach(owned => owned.Dispose());
        }

        _isStopped.Set();
    }

    private static TimeSpan Parse(string text)
    {
        var culture = CultureInfo.InvariantCulture;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, culture, out var seconds)
            && seconds > 0
            && seconds < LongestTimer.TotalSeconds)
            return TimeSpan.FromSeconds(seconds);
        string[] formats =
        [
            @"h\:mm", @"hh\:mm", @"h\:mm\:ss", @"hh\:mm\:ss", @"d\-hh\:mm", @"d\-hh\:mm\:ss", @"dd\-hh\:mm", @"dd\-hh\:mm\:ss",
        ];
        return TimeSpan.TryParseExact(text, formats, culture, out var time) && time > TimeSpan.Zero && time < LongestTimer
            ? time
            : throw new ArgumentException(
                $"--time is '{text}', but must be seconds above zero, or [D-]HH:MM[:SS], and below {LongestTimer.Days} days.");
    }

    private void OnSignal(PosixSignalContext context, int code, string name)
    {
        context.Cancel = true;
        Stop(code, name);
    }

    private void Stop(int code, string reason)
    {
        lock (_lock)
        {
            if (_isOver || _reason is not null)
                return;
            (ExitCode, _reason) = (code, reason);
        }

        _isStopped.Set();
        _source.Cancel();
    }

    private void EndProcess()
    {
        _isStopped.Wait();
        Thread.Sleep(Patience);
        lock (_lock)
        {
            if (_isOver)
                return;
            _isOver = true;
            Output.Stopped(_reason!, HowToGoOn());
        }

        Console.Out.Flush();
        Console.Error.Flush();

        // Code that runs at a usual exit would meet computations of libtorch that still run.
        if (OperatingSystem.IsWindows())
            Environment.Exit(ExitCode);
        else
            ExitNow(ExitCode);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void ExitNow(int code);
}
