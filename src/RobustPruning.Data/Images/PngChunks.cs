using System.Buffers.Binary;
using System.IO.Hashing;

namespace RobustPruning.Data.Images;

/// <summary>The chunks of one whole PNG file: signature, chain and checksums up to IEND are right.</summary>
/// <remarks>Decoders differ in what they make of a cut-off file, so the check comes first.</remarks>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="BitDepth">Bits a channel, or of an index into the palette.</param>
/// <param name="ColourType">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.</param>
/// <param name="Interlaced">Whether the rows come in Adam7's seven passes.</param>
/// <param name="Orientation">The orientation of an eXIf chunk, or 1.</param>
/// <param name="TransparentColour">The content of a tRNS chunk, or nothing.</param>
/// <param name="Data">The content of all IDAT chunks, one after the other.</param>
internal sealed record PngChunks(
    int Width, int Height, int BitDepth, int ColourType, bool Interlaced, int Orientation, ReadOnlyMemory<byte> TransparentColour,
    byte[] Data)
{
    /// <summary>How every PNG file begins.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads the chunks. Bytes after IEND are ignored.</summary>
    /// <param name="file">The file's bytes, which begin with the signature.</param>
    /// <param name="name">What the message calls the file.</param>
    /// <exception cref="DataException">The file is cut off or damaged.</exception>
    public static PngChunks Read(byte[] file, string name)
    {
        PngChunks? header = null;
        using var data = new MemoryStream();
        for (var rest = file.AsMemory(Signature.Length); ;)
        {
            // A chunk is: length, type, data, CRC of type and data.
            var span = rest.Span;
            if (span.Length < 12 || BinaryPrimitives.ReadUInt32BigEndian(span) > span.Length - 12)
                throw new DataException($"{name} is cut off: the PNG file ends before its IEND chunk.") { Name = name };
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(span);
            if (Crc32.HashToUInt32(span.Slice(4, 4 + length)) != BinaryPrimitives.ReadUInt32BigEndian(span[(8 + length)..]))
                throw new DataException($"{name} is damaged: a PNG chunk does not match its checksum.") { Name = name };

            var type = span.Slice(4, 4);
            var content = rest.Slice(8, length);
            if (header is null)
                header = ReadHeader(type, content.Span, name);
            else if (type.SequenceEqual("tRNS"u8))
                header = header with { TransparentColour = content };
            else if (type.SequenceEqual("eXIf"u8))
                header = header with { Orientation = ExifOrientation.Read(content.Span) };
            else if (type.SequenceEqual("IDAT"u8))
                data.Write(content.Span);
            else if (type.SequenceEqual("IEND"u8))
                break;
            rest = rest[(12 + length)..];
        }

        return data.Length > 0
            ? header with { Data = data.ToArray() }
            : throw new DataException($"{name} is damaged: the PNG file holds no image data.") { Name = name };
    }

    private static PngChunks ReadHeader(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content, string name)
    {
        if (!type.SequenceEqual("IHDR"u8) || content.Length != 13)
            throw new DataException($"{name} is damaged: the PNG file does not begin with its header.") { Name = name };
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(content), BinaryPrimitives.ReadUInt32BigEndian(content[4..]));
        ImageFile.RequireSize(width, height, name);
        return new PngChunks((int)width, (int)height, content[8], content[9], content[12] != 0, 1, default, []);
    }
}
