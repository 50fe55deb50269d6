using System.Globalization;
using RobustPruning.Certification;
using SkiaSharp;

namespace KeypointRobustness.Pictures;

/// <summary>The strip to the right of a keypoint picture: title, counts, what the shapes mean, names.</summary>
internal sealed class PictureLegend
{
    /// <summary>What the strip is painted on.</summary>
    public static readonly SKColor Background = new(0x1B, 0x1E, 0x24);

    private const int Dot = 2;
    private const int Row = Dot * BitmapFont.LineHeight;
    private const int Left = 16;
    private const int Indent = 22;
    private static readonly SKColor Ink = new(0xE8, 0xEA, 0xED);

    private readonly List<(Action<SKCanvas, float, float>? Symbol, string Text)> _lines = [];

    /// <summary>Lays the legend out.</summary>
    /// <param name="marks">The keypoints of the picture.</param>
    /// <param name="options">Its options.</param>
    public PictureLegend(IReadOnlyList<KeypointMark> marks, KeypointPictureOptions options)
    {
        if (options.Title.Length > 0)
        {
            Add(null, options.Title);
            Add(null, "");
        }

        foreach (var verdict in Enum.GetValues<Verdict>().Where(verdict => verdict != Verdict.Unlabelled))
        {
            var count = marks.Count(m => m.Verdict == verdict);
            Add(Marker(verdict), string.Create(CultureInfo.InvariantCulture, $"{count} {verdict.ToString().ToLowerInvariant()}"));
        }

        Add(null, "");
        Add((c, x, y) => Square(c, x, y, Ink, 2), "range it can move in");
        if (options.Tolerance is { } tolerance)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"tolerance {tolerance:0.##} px");
            Add((c, x, y) => Square(c, x, y, Ink.WithAlpha(170), 1), text);
        }

        if (marks.Any(m => m.LabelX.HasValue))
        {
            Add((c, x, y) => KeypointPicture.DrawLabel(c, x, y, 6), "label");
        }

        Add(null, "");
        for (var i = 0; i < marks.Count; i++)
        {
            Add(Marker(marks[i].Verdict), string.Create(CultureInfo.InvariantCulture, $"{i + 1,2} {marks[i].Name}"));
        }

        Width = 2 * Left + (int)_lines.Max(l => BitmapFont.Measure(l.Text, Dot) + (l.Symbol is null ? 0 : Indent));
        Height = 2 * Left + Row * _lines.Count;
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Draws the legend.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="x">Its left edge.</param>
    public void Draw(SKCanvas canvas, float x)
    {
        float y = Left;
        foreach (var (symbol, text) in _lines)
        {
            symbol?.Invoke(canvas, x + Left + 6, y + 7);
            BitmapFont.Draw(canvas, text, x + Left + (symbol is null ? 0 : Indent), y, Dot, Ink);
            y += Row;
        }
    }

    private static Action<SKCanvas, float, float> Marker(Verdict verdict) => (c, x, y) => VerdictStyle.DrawMarker(c, x, y, 5, verdict);

    private static void Square(SKCanvas canvas, float x, float y, SKColor colour, float width)
    {
        using var paint = VerdictStyle.Stroke(colour, width);
        canvas.DrawRect(x - 6, y - 6, 12, 12, paint);
    }

    private void Add(Action<SKCanvas, float, float>? symbol, string text) => _lines.Add((symbol, text));
}
