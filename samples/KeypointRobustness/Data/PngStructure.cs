using System.Buffers.Binary;

namespace KeypointRobustness.Data;

/// <summary>Checks that bytes are one whole PNG file: signature, chunk chain and checksums up to IEND.</summary>
/// <remarks>The decoder fills in what a cut-off file lacks without a word, so the check comes first.</remarks>
internal static class PngStructure
{
    // More pixels than any camera's image, few enough to decode in memory.
    private const long MostPixels = 64_000_000;

    private static readonly uint[] CrcTable = MakeCrcTable();

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Throws unless <paramref name="file"/> is a whole PNG file. Bytes after IEND are ignored.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="path">What the message calls the file.</param>
    /// <exception cref="DataException">It is not a PNG file, or it is cut off or damaged.</exception>
    public static void Check(ReadOnlySpan<byte> file, string path)
    {
        if (!file.StartsWith(Signature))
        {
            throw new DataException($"{path} is not a PNG file.");
        }

        var rest = file[Signature.Length..];
        var first = true;
        var hasData = false;
        while (true)
        {
            // A chunk is: length, type, data, CRC of type and data.
            if (rest.Length < 12 || BinaryPrimitives.ReadUInt32BigEndian(rest) > rest.Length - 12)
            {
                throw new DataException($"{path} is cut off: the PNG file ends before its IEND chunk.");
            }

            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(rest);
            var type = rest.Slice(4, 4);
            if (Crc(rest.Slice(4, 4 + length)) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + length)..]))
            {
                throw new DataException($"{path} is damaged: a PNG chunk does not match its checksum.");
            }

            if (first)
            {
                CheckHeader(type, rest.Slice(8, length), path);
                first = false;
            }

            hasData |= type.SequenceEqual("IDAT"u8);
            if (type.SequenceEqual("IEND"u8))
            {
                break;
            }

            rest = rest[(12 + length)..];
        }

        if (!hasData)
        {
            throw new DataException($"{path} is damaged: the PNG file holds no image data.");
        }
    }

    private static void CheckHeader(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, string path)
    {
        if (!type.SequenceEqual("IHDR"u8) || data.Length != 13)
        {
            throw new DataException($"{path} is damaged: the PNG file does not begin with its header.");
        }

        var width = BinaryPrimitives.ReadUInt32BigEndian(data);
        var height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        if (width == 0 || height == 0 || (ulong)width * height > MostPixels)
        {
            throw new DataException($"{path}: an image of {width}×{height} pixels cannot be used.");
        }
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            var c = n;
            for (var bit = 0; bit < 8; bit++)
            {
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            }

            table[n] = c;
        }

        return table;
    }
}
