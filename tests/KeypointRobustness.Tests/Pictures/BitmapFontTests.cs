using KeypointRobustness.Pictures;
using SkiaSharp;

namespace KeypointRobustness.Tests.Pictures;

[TestFixture]
internal sealed class BitmapFontTests
{
    [Test]
    public void EveryPrintableCharacterLooksDifferent()
    {
        var shapes = Enumerable.Range(' ', '~' - ' ' + 1).Select(c => Shape((char)c)).ToArray();

        Assert.That(shapes, Is.Unique);
        Assert.That(shapes.Skip(1), Is.All.Contains('#'));
    }

    [Test]
    public void LetterHasItsShape() => Assert.That(Shape('L'), Is.EqualTo("#....#....#....#....#....#....#####....."));

    [Test]
    public void UnknownCharacterIsAQuestionMark() => Assert.That(Shape('漢'), Is.EqualTo(Shape('?')));

    private static string Shape(char character)
    {
        using var bitmap = new SKBitmap(5, 8);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        BitmapFont.Draw(canvas, character.ToString(), 0, 0, 1, SKColors.Black);
        return string.Concat(Enumerable.Range(0, 40).Select(i => bitmap.GetPixel(i % 5, i / 5).Red < 128 ? '#' : '.'));
    }
}
