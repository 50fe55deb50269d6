using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace KeypointRobustness.Runs;

/// <summary>
/// Shows how far a long piece of work has come: on a terminal a bar that moves, in a log one line every half minute, with <c>--json</c> an
/// event for each item and every half minute. The last line is written when all of the work is done. Safe to use from several threads.
/// </summary>
internal sealed class WorkProgress : IDisposable
{
    private const int BarCells = 24;
    private const int UsualWidth = 80;
    private const string ToLineStart = "\r\u001b[K";

    private static readonly TimeSpan TerminalInterval = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);
    private static WorkProgress? _drawn;

    private readonly string _work;
    private readonly string _unit;
    private readonly int _total;
    private readonly int _doneBefore;
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private int _done;
    private double _share;

    /// <summary>Begins.</summary>
    /// <param name="work">What is done, for example 'certifying'.</param>
    /// <param name="unit">What is counted, in the plural; empty for one piece of work whose share is told.</param>
    /// <param name="total">How many there are.</param>
    /// <param name="done">How many were done before.</param>
    /// <param name="counts">Their verdicts.</param>
    /// <param name="interval">How often to show it; null for the usual.</param>
    public WorkProgress(
        string work, string unit, int total, int done = 0, IReadOnlyDictionary<string, long>? counts = null, TimeSpan? interval = null)
    {
        (_work, _unit, _total, _done, _doneBefore) = (work, unit, total, done, done);
        foreach (var (name, count) in counts ?? new Dictionary<string, long>())
            _counts[name] = count;
        Output.Event("start", ("work", work), ("unit", unit), ("done", done), ("total", total), ("counts", _counts));
        var often = interval ?? (Output.IsTerminal ? TerminalInterval : LogInterval);
        _timer = new Timer(_ => Show(), null, Output.IsTerminal ? TimeSpan.Zero : often, often);
    }

    /// <summary>Erases the bar, if one is drawn, so that something else can be written.</summary>
    public static void ClearLine()
    {
        if (Interlocked.Exchange(ref _drawn, null) is not null)
            Output.Progress.Write(ToLineStart);
    }

    /// <summary>The share, in [0, 1], that is done of the item under way.</summary>
    public void Share(double share)
    {
        lock (_lock)
            _share = share;
    }

    /// <summary>One more item is done.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="counts">What came out, to be added up.</param>
    /// <param name="seconds">The time it took.</param>
    public void Add(string name, IReadOnlyDictionary<string, long> counts, double seconds)
    {
        lock (_lock)
        {
            _done++;
            _share = 0;
            foreach (var (verdict, count) in counts)
                _counts[verdict] = _counts.GetValueOrDefault(verdict) + count;
        }

        Output.Event("done", ("work", _work), ("name", name), ("counts", counts), ("seconds", Math.Round(seconds, 3)));
    }

    /// <summary>Writes a line of text above the bar.</summary>
    public void WriteLine(string line)
    {
        lock (_lock)
        {
            ClearLine();
            Output.Text.WriteLine(line);
        }
    }

    /// <summary>Shows it when all of the work is done; whoever ends it before says so.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            ClearLine();
            Output.Event(
                "end", ("work", _work), ("done", _done), ("total", _total), ("counts", _counts),
                ("seconds", Math.Round(_clock.Elapsed.TotalSeconds, 3)));
            if (!Output.IsJson && _done == _total)
                Output.Progress.WriteLine($"{Line(isOver: true)}");
        }
    }

    private void Show()
    {
        lock (_lock)
        {
            if (Output.IsJson)
            {
                Output.Event(
                    "progress", ("work", _work), ("done", _done), ("share", Math.Round(_share, 4)), ("total", _total), ("counts", _counts),
                    ("perSecond", PerSecond()), ("secondsLeft", SecondsLeft()));
            }
            else if (Output.IsTerminal)
            {
                var line = $"{Bar()} {Line(isOver: false)}";
                var width = !Console.IsOutputRedirected && Console.WindowWidth > BarCells ? Console.WindowWidth : UsualWidth;
                Output.Progress.Write(ToLineStart + line[..Math.Min(line.Length, width - 1)]);
                Output.Progress.Flush();
                _drawn = this;
            }
            else
            {
                Output.Progress.WriteLine(Line(isOver: false));
                Output.Progress.Flush();
            }
        }
    }

    private string Line(bool isOver)
    {
        var line = new StringBuilder(_work);
        if (_unit.Length > 0)
            line.Append(CultureInfo.InvariantCulture, $": {_done}/{_total} {_unit}");
        else
            line.Append(CultureInfo.InvariantCulture, $": {(isOver ? _done : _done + _share) / _total:0 %}");
        if (_unit.Length > 0 && PerSecond() is { } rate)
            line.Append(rate >= 1 ? $", {Short(rate)}/s" : $", {Short(1 / rate)} s each");
        if (isOver)
            line.Append($", {Duration(_clock.Elapsed.TotalSeconds)}");
        else if (SecondsLeft() is { } left)
            line.Append($", {Duration(left)} left");

        // Last, as a narrow terminal cuts the line.
        foreach (var (name, count) in _counts.Where(count => count.Value > 0))
            line.Append(CultureInfo.InvariantCulture, $", {count} {name}");
        return line.ToString();
    }

    private string Bar()
    {
        var full = (int)Math.Round(Math.Clamp((_done + _share) / Math.Max(_total, 1), 0, 1) * BarCells);
        return new string('█', full) + new string('░', BarCells - full);
    }

    private double Made => _done + _share - _doneBefore;

    private double? PerSecond() => Made > 0 ? Made / Math.Max(_clock.Elapsed.TotalSeconds, 1e-6) : null;

    private double? SecondsLeft() => PerSecond() is { } rate ? Math.Max(_total - _done - _share, 0) / rate : null;

    private static string Short(double value) => value.ToString(value >= 10 ? "0" : "0.0", CultureInfo.InvariantCulture);

    private static string Duration(double seconds) => seconds switch
    {
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };
}
