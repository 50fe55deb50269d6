using System.Reflection;
using ScottPlot;
using SkiaSharp;

namespace KeypointRobustness.Reports;

/// <summary>The font of the plots, Inter from the package Avalonia.Fonts.Inter: plots look alike on machines that have no fonts.</summary>
internal sealed class ReportFont : IFontResolver
{
    /// <summary>Its name.</summary>
    public const string Name = "Inter";

    private static readonly Lazy<(SKTypeface Regular, SKTypeface Bold)> Faces = new(() =>
        (Load("Inter-Regular.ttf"), Load("Inter-Bold.ttf")));

    /// <summary>The width of a line of text.</summary>
    public static float Measure(string text, float size, bool bold)
    {
        using var font = new SKFont(bold ? Faces.Value.Bold : Faces.Value.Regular, size);
        return font.MeasureText(text);
    }

    /// <summary>Makes it the font of all plots.</summary>
    public static void Use()
    {
        Fonts.FontResolvers.Insert(0, new ReportFont());
        (Fonts.Default, Fonts.Sans) = (Name, Name);
    }

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        CreateTypeface(fontName, weight >= FontWeight.SemiBold, slant != FontSlant.Upright);

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        fontName == Name
            ? bold
                ? Faces.Value.Bold
                : Faces.Value.Regular
            : null;

    /// <summary>
    /// Reads a file of the package's resources: a length, a version, and a list of names, offsets and sizes before the files.
    /// </summary>
    private static SKTypeface Load(string file)
    {
        using var embedded = new BinaryReader(typeof(ReportFont).Assembly.GetManifestResourceStream("Avalonia.Fonts.Inter.dll")!);
        using var reader = new BinaryReader(
            Assembly.Load(embedded.ReadBytes((int)embedded.BaseStream.Length)).GetManifestResourceStream("!AvaloniaResources")!);
        var first = sizeof(int) + reader.ReadInt32();
        reader.ReadInt32();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var (name, offset, size) = (reader.ReadString(), reader.ReadInt32(), reader.ReadInt32());
            if (!name.EndsWith('/' + file))
                continue;
            reader.BaseStream.Position = first + offset;
            using var data = SKData.CreateCopy(reader.ReadBytes(size));
            return SKTypeface.FromData(data);
        }

        throw new InvalidOperationException($"The package Avalonia.Fonts.Inter has no {file} any more.");
    }
}
