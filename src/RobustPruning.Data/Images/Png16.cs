using System.Buffers.Binary;
using System.IO.Compression;

namespace RobustPruning.Data.Images;

/// <summary>Decodes PNG files of 16 bits a channel, which SkiaSharp rounds to 8.</summary>
internal static class Png16
{
    private const int BytesOfValue = 2;

    // Adam7: first column and row of a pass, and the steps between its columns and rows.
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>The RGBA values, 4·H·W of them.</summary>
    /// <param name="png">The file's chunks, of 16 bits a channel.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="DataException">The image data is damaged.</exception>
    public static ushort[] Decode(PngChunks png, string name)
    {
        var channels = png.ColourType switch
        {
            0 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            _ => throw new DataException($"{name} is damaged: there is no PNG colour type {png.ColourType} of 16 bits.") { Name = name },
        };
        var rgba = new ushort[4 * png.Width * png.Height];
        using var compressed = new MemoryStream(png.Data);
        using var data = new ZLibStream(compressed, CompressionMode.Decompress);
        try
        {
            foreach (var (x, y, stepX, stepY) in png.Interlaced ? Passes : [(0, 0, 1, 1)])
                ReadPass(data, png, channels, rgba, x, y, stepX, stepY);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw new DataException($"{name} is damaged: its image data cannot be decoded.", error) { Name = name };
        }

        return rgba;
    }

    private static void ReadPass(Stream data, PngChunks png, int channels, ushort[] rgba, int x0, int y0, int stepX, int stepY)
    {
        var columns = (png.Width - x0 + stepX - 1) / stepX;
        if (columns == 0)
            return;
        var pixelBytes = BytesOfValue * channels;
        var (row, above) = (new byte[columns * pixelBytes], new byte[columns * pixelBytes]);
        for (var y = y0; y < png.Height; y += stepY)
        {
            var filter = data.ReadByte();
            data.ReadExactly(row);
            Unfilter(filter, row, above, pixelBytes);
            for (var column = 0; column < columns; column++)
            {
                var pixel = rgba.AsSpan(4 * (y * png.Width + x0 + column * stepX), 4);
                Write(row.AsSpan(column * pixelBytes, pixelBytes), pixel, channels, png.TransparentColour.Span);
            }

            (row, above) = (above, row);
        }
    }

    private static void Unfilter(int filter, byte[] row, byte[] above, int pixelBytes)
    {
        if (filter is < 0 or > 4)
            throw new InvalidDataException($"There is no PNG filter {filter}.");
        for (var i = 0; i < row.Length; i++)
        {
            var (left, corner) = i < pixelBytes ? (0, 0) : (row[i - pixelBytes], above[i - pixelBytes]);
            row[i] += (byte)(filter switch
            {
                1 => left,
                2 => above[i],
                3 => (left + above[i]) / 2,
                4 => Paeth(left, above[i], corner),
                _ => 0,
            });
        }
    }

    private static int Paeth(int left, int above, int corner)
    {
        var guess = left + above - corner;
        var (toLeft, toAbove, toCorner) = (Math.Abs(guess - left), Math.Abs(guess - above), Math.Abs(guess - corner));
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    private static void Write(ReadOnlySpan<byte> pixel, Span<ushort> rgba, int channels, ReadOnlySpan<byte> transparent)
    {
        for (var c = 0; c < 3; c++)
            rgba[c] = BinaryPrimitives.ReadUInt16BigEndian(pixel[(channels < 3 ? 0 : BytesOfValue * c)..]);
        var hasAlpha = channels is 2 or 4;
        rgba[3] = hasAlpha ? BinaryPrimitives.ReadUInt16BigEndian(pixel[^BytesOfValue..])
            : pixel.SequenceEqual(transparent) ? (ushort)0 : ushort.MaxValue;
    }
}
