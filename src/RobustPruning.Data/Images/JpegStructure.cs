using System.Buffers.Binary;

namespace RobustPruning.Data.Images;

/// <summary>Checks that bytes are one whole JPEG file: its segments up to the image data, and an end after it.</summary>
/// <remarks>JPEG has no checksums: a changed byte of the image data cannot be noticed.</remarks>
internal static class JpegStructure
{
    private const byte StartOfScan = 0xDA;

    /// <summary>Throws unless the file ends where a JPEG file ends. Bytes after that are ignored.</summary>
    /// <exception cref="DataException">The file is cut off or damaged.</exception>
    public static void Check(ReadOnlySpan<byte> file, string name)
    {
        // Before the image data there may be a thumbnail with an end of its own, so segments are walked.
        var at = 2;
        while (true)
        {
            if (at + 4 > file.Length)
                throw new DataException($"{name} is cut off: the JPEG file ends before its image data.") { Name = name };
            if (file[at] != 0xFF)
                throw new DataException($"{name} is damaged: there is no JPEG segment at byte {at}.") { Name = name };
            if (file[at + 1] == 0xFF)
            {
                at++;
                continue;
            }

            var marker = file[at + 1];
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (marker == StartOfScan)
                break;
        }

        if (at > file.Length || file[at..].LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0)
            throw new DataException($"{name} is cut off: the JPEG file has no end.") { Name = name };
    }
}
