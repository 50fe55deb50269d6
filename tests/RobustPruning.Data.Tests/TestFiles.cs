using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using SkiaSharp;

namespace RobustPruning.Data.Tests;

/// <summary>Image files made by other code than the loader's.</summary>
internal static class TestFiles
{
    /// <summary>An image as SkiaSharp writes it, in 8 bits.</summary>
    public static byte[] Encode(ImageData image, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque, null));
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
                bitmap.SetPixel(x, y, new SKColor(Byte(image, 0, y, x), Byte(image, 1, y, x), Byte(image, 2, y, x)));
        }

        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    public static void SavePng(string path, ImageData image)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Encode(image));
    }

    /// <summary>A BMP file of 24 bits: rows from the bottom, blue first, filled to four bytes.</summary>
    public static byte[] EncodeBmp(ImageData image)
    {
        var stride = (3 * image.Width + 3) / 4 * 4;
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("BM"u8);
        writer.Write(54 + stride * image.Height);
        writer.Write(0);
        writer.Write(54);
        writer.Write(40);
        writer.Write(image.Width);
        writer.Write(image.Height);
        writer.Write((short)1);
        writer.Write((short)24);
        writer.Write(new byte[24]);
        for (var y = image.Height - 1; y >= 0; y--)
        {
            for (var x = 0; x < image.Width; x++)
            {
                for (var c = 2; c >= 0; c--)
                    writer.Write(Byte(image, c, y, x));
            }

            writer.Write(new byte[stride - 3 * image.Width]);
        }

        return stream.ToArray();
    }

    /// <summary>A PNG file of 16 bits a channel, each row with a filter of its own.</summary>
    /// <param name="value">The value of a channel at x and y.</param>
    /// <param name="colourType">0 grey, 2 RGB, 4 grey and alpha, 6 RGBA.</param>
    /// <param name="interlaced">Whether to write Adam7's passes.</param>
    /// <param name="chunks">Further chunks.</param>
    public static byte[] EncodePng16(
        int width, int height, int colourType, Func<int, int, int, ushort> value, bool interlaced = false,
        params (string Type, byte[] Content)[] chunks)
    {
        var channels = colourType switch { 0 => 1, 2 => 3, 4 => 2, _ => 4 };
        using var raw = new MemoryStream();
        for (var pass = 1; pass <= (interlaced ? 7 : 1); pass++)
        {
            byte[]? above = null;
            for (var y = 0; y < height; y++)
            {
                int[] columns = [.. Enumerable.Range(0, width).Where(x => !interlaced || PassOf(x, y) == pass)];
                if (columns.Length == 0)
                    continue;
                byte[] row =
                [
                    .. columns
                        .SelectMany(x => Enumerable.Range(0, channels).Select(c => value(x, y, c)))
                        .SelectMany(v => new[] { (byte)(v >> 8), (byte)v }),
                ];
                WriteFiltered(raw, row, above ?? new byte[row.Length], 2 * channels, (y + pass) % 5);
                above = row;
            }
        }

        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(raw.ToArray());
        byte[] header = [.. BigEndian(width), .. BigEndian(height), 16, (byte)colourType, 0, 0, (byte)(interlaced ? 1 : 0)];
        return
        [
            0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. Chunk("IHDR", header),
            .. chunks.SelectMany(chunk => Chunk(chunk.Type, chunk.Content)),
            .. Chunk("IDAT", compressed.ToArray()),
            .. Chunk("IEND", []),
        ];
    }

    /// <summary>EXIF data that holds an orientation and nothing else.</summary>
    public static byte[] Exif(int orientation, bool littleEndian) => littleEndian
        ? [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0]
        : [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];

    /// <summary>A chunk of a PNG file.</summary>
    public static byte[] Chunk(string type, byte[] content)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
        return [.. BigEndian(content.Length), .. body, .. BigEndian((int)Crc32.HashToUInt32(body))];
    }

    // The pass of Adam7 that a pixel belongs to, from the pattern of 8 by 8 in the specification.
    private static int PassOf(int x, int y) =>
        "1646264677777777565656567777777736463646777777775656565677777777"[8 * (y % 8) + x % 8] - '0';

    private static void WriteFiltered(Stream raw, byte[] row, byte[] above, int pixel, int filter)
    {
        raw.WriteByte((byte)filter);
        for (var i = 0; i < row.Length; i++)
        {
            int a = i < pixel ? 0 : row[i - pixel], b = above[i], c = i < pixel ? 0 : above[i - pixel];
            var nearest = new[] { a, b, c }.MinBy(candidate => Math.Abs(a + b - c - candidate));
            raw.WriteByte((byte)(row[i] - filter switch { 1 => a, 2 => b, 3 => (a + b) / 2, 4 => nearest, _ => 0 }));
        }
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte Byte(ImageData image, int channel, int y, int x) =>
        (byte)MathF.Round(255 * image[Math.Min(channel, image.Channels - 1), y, x]);
}
