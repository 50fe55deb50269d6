using System.Globalization;
using RobustPruning.Data;
using RobustPruning.Models;
using SkiaSharp;

namespace KeypointRobustness.Pictures;

/// <summary>Draws keypoints on their image: where they are, how far they can move, and what is proved about it.</summary>
internal static class KeypointPicture
{
    private static readonly SKColor LabelColour = new(0x00, 0xE5, 0xFF);

    /// <summary>Draws the picture into a PNG file, which appears whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="image">The image, 1 or 3 channels.</param>
    /// <param name="marks">Its keypoints.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Save(string path, ImageData image, IReadOnlyList<KeypointMark> marks, KeypointPictureOptions? options = null) =>
        AtomicFile.Write(path, Encode(image, marks, options));

    /// <summary>Draws the picture as a PNG file in memory.</summary>
    /// <param name="image">The image, 1 or 3 channels.</param>
    /// <param name="marks">Its keypoints.</param>
    /// <param name="options">Options; null for the defaults.</param>
    public static byte[] Encode(ImageData image, IReadOnlyList<KeypointMark> marks, KeypointPictureOptions? options = null)
    {
        options ??= new KeypointPictureOptions();
        var factor = Math.Max(1, (options.MinWidth + image.Width - 1) / image.Width);
        var (width, height) = (image.Width * factor, image.Height * factor);
        var legend = new PictureLegend(marks, options);
        using var picture = new SKBitmap(
            new SKImageInfo(width + legend.Width, Math.Max(height, legend.Height), SKColorType.Rgba8888, SKAlphaType.Opaque, null));
        using (var canvas = new SKCanvas(picture))
        {
            canvas.Clear(PictureLegend.Background);
            canvas.Save();
            canvas.ClipRect(SKRect.Create(width, height));
            DrawImage(canvas, image, width, height);
            DrawMarks(canvas, marks, options, factor, image);
            canvas.Restore();
            legend.Draw(canvas, width);
        }

        return PngPicture.Encode(picture);
    }

    private static void DrawImage(SKCanvas canvas, ImageData image, int width, int height)
    {
        using var bitmap = PngPicture.ToBitmap(image);
        using var picture = SKImage.FromBitmap(bitmap);

        // Nearest: the viewer should see the very pixels that the network sees.
        canvas.DrawImage(picture, SKRect.Create(width, height), new SKSamplingOptions(SKFilterMode.Nearest));
    }

    private static void DrawMarks(
        SKCanvas canvas, IReadOnlyList<KeypointMark> marks, KeypointPictureOptions options, int factor, ImageData image)
    {
        foreach (var mark in marks)
        {
            DrawTolerance(canvas, mark, options, factor);
        }

        foreach (var mark in marks)
        {
            DrawRange(canvas, mark, factor, image);
        }

        for (var i = 0; i < marks.Count; i++)
        {
            DrawPoint(canvas, marks[i], i + 1, factor);
        }
    }

    private static void DrawTolerance(SKCanvas canvas, KeypointMark mark, KeypointPictureOptions options, int factor)
    {
        if (options.Tolerance is not { } tolerance)
        {
            return;
        }

        var (x, y) = options.ToleranceAroundLabel && mark is { LabelX: { } labelX, LabelY: { } labelY }
            ? (labelX, labelY)
            : (mark.X, mark.Y);
        using var paint = VerdictStyle.Stroke(SKColors.White.WithAlpha(170), 1);
        var half = tolerance * factor;
        var (middleX, middleY) = (Place(x, factor), Place(y, factor));
        canvas.DrawRect(new(middleX - half, middleY - half, middleX + half, middleY + half), paint);
    }

    private static void DrawRange(SKCanvas canvas, KeypointMark mark, int factor, ImageData image)
    {
        // A bound may be infinite; the frame a little beyond the image then stands for it.
        var box = new SKRect(
            Place(Math.Clamp(mark.MinX, -2, image.Width + 1), factor),
            Place(Math.Clamp(mark.MinY, -2, image.Height + 1), factor),
            Place(Math.Clamp(mark.MaxX, -2, image.Width + 1), factor),
            Place(Math.Clamp(mark.MaxY, -2, image.Height + 1), factor));
        if (!float.IsNaN(box.Left + box.Top + box.Right + box.Bottom))
        {
            VerdictStyle.DrawBox(canvas, box, mark.Verdict);
        }
    }

    private static void DrawPoint(SKCanvas canvas, KeypointMark mark, int number, int factor)
    {
        if (mark is { LabelX: { } labelX, LabelY: { } labelY })
        {
            DrawLabel(canvas, Place(labelX, factor), Place(labelY, factor), 5);
        }

        var (x, y) = (Place(mark.X, factor), Place(mark.Y, factor));
        VerdictStyle.DrawMarker(canvas, x, y, 3.5f, mark.Verdict);
        var text = number.ToString(CultureInfo.InvariantCulture);
        using var shade = new SKPaint { Color = SKColors.Black.WithAlpha(140) };
        canvas.DrawRect(x + 5, y - 10, BitmapFont.Measure(text, 1) + 1, 9, shade);
        BitmapFont.Draw(canvas, text, x + 6, y - 9, 1, SKColors.White);
    }

    /// <summary>Draws the small cross that stands for a label.</summary>
    internal static void DrawLabel(SKCanvas canvas, float x, float y, float arm)
    {
        using var halo = VerdictStyle.Stroke(SKColors.Black.WithAlpha(160), 3);
        using var line = VerdictStyle.Stroke(LabelColour, 1.5f);
        foreach (var paint in (SKPaint[])[halo, line])
        {
            canvas.DrawLine(x - arm, y, x + arm, y, paint);
            canvas.DrawLine(x, y - arm, x, y + arm, paint);
        }
    }

    // The middle of an image pixel on the enlarged picture.
    private static float Place(float coordinate, int factor) => (coordinate + 0.5f) * factor;
}
