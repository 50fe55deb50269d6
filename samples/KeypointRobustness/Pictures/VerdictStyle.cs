using RobustPruning.Certification;
using SkiaSharp;

namespace KeypointRobustness.Pictures;

/// <summary>How a verdict looks: colour, dashes and marker all differ, so that no one needs to tell colours apart.</summary>
internal static class VerdictStyle
{
    /// <summary>The verdict's colour, from the Okabe–Ito palette.</summary>
    public static SKColor Colour(Verdict verdict) => verdict switch
    {
        Verdict.Certified => new(0x00, 0x9E, 0x73),
        Verdict.Falsified => new(0xD5, 0x3E, 0x00),
        _ => new(0xF0, 0xB0, 0x00),
    };

    /// <summary>Draws the outline of a box: solid, dashed or dotted.</summary>
    public static void DrawBox(SKCanvas canvas, SKRect box, Verdict verdict)
    {
        float[]? dashes = verdict switch
        {
            Verdict.Certified => null,
            Verdict.Falsified => [8, 4],
            _ => [2, 3],
        };
        using var effect = dashes is null ? null : SKPathEffect.CreateDash(dashes, 0);
        using var halo = Stroke(SKColors.Black.WithAlpha(150), 4);
        using var line = Stroke(Colour(verdict), 2);
        line.PathEffect = effect;
        canvas.DrawRect(box, halo);
        canvas.DrawRect(box, line);
    }

    /// <summary>Draws a marker: circle, cross or triangle.</summary>
    public static void DrawMarker(SKCanvas canvas, float x, float y, float radius, Verdict verdict)
    {
        using var outline = new SKPathBuilder();
        switch (verdict)
        {
            case Verdict.Certified:
                outline.AddCircle(x, y, radius);
                break;
            case Verdict.Falsified:
                using (var cross = new SKPathBuilder())
                {
                    // A cross with arms, turned into a diagonal one.
                    cross.AddRect(new(-radius * 1.2f, -radius * 0.4f, radius * 1.2f, radius * 0.4f));
                    cross.AddRect(new(-radius * 0.4f, -radius * 1.2f, radius * 0.4f, radius * 1.2f));
                    using var whole = cross.Detach();
                    using var simple = whole.Simplify();
                    outline.AddPath(simple, SKMatrix.CreateRotationDegrees(45).PostConcat(SKMatrix.CreateTranslation(x, y)));
                }

                break;
            default:
                outline.MoveTo(x, y - radius * 1.2f);
                outline.LineTo(x + radius * 1.1f, y + radius * 0.8f);
                outline.LineTo(x - radius * 1.1f, y + radius * 0.8f);
                outline.Close();
                break;
        }

        using var path = outline.Detach();
        using var fill = new SKPaint { Color = Colour(verdict), IsAntialias = true };
        using var edge = Stroke(SKColors.White, 1);
        edge.IsAntialias = true;
        canvas.DrawPath(path, fill);
        canvas.DrawPath(path, edge);
    }

    /// <summary>A paint for lines.</summary>
    public static SKPaint Stroke(SKColor colour, float width) =>
        new() { Color = colour, StrokeWidth = width, Style = SKPaintStyle.Stroke, IsAntialias = true };
}
