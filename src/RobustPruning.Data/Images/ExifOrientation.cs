using System.Buffers.Binary;

namespace RobustPruning.Data.Images;

/// <summary>Finds the orientation in EXIF data.</summary>
internal static class ExifOrientation
{
    private const ushort OrientationTag = 0x0112;
    private const ushort Short = 3;

    /// <summary>The orientation, 1 to 8; 1 where the data is damaged or does not say.</summary>
    /// <param name="exif">EXIF data as a TIFF file: byte order, 42, and where the first directory begins.</param>
    public static int Read(ReadOnlySpan<byte> exif)
    {
        if (exif.Length < 8 || !(exif.StartsWith("II"u8) || exif.StartsWith("MM"u8)))
            return 1;
        var little = exif[0] == 'I';
        var start = little ? BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]) : BinaryPrimitives.ReadUInt32BigEndian(exif[4..]);
        if (start > exif.Length - 2)
            return 1;
        var directory = exif[(int)start..];
        var entries = Word(directory, little);
        for (var i = 0; i < entries && 2 + 12 * (i + 1) <= directory.Length; i++)
        {
            // An entry is: tag, type, count, value.
            var entry = directory.Slice(2 + 12 * i, 12);
            if (Word(entry, little) == OrientationTag
                && Word(entry[2..], little) == Short
                && Word(entry[8..], little) is >= 1 and <= 8 and var orientation)
                return orientation;
        }

        return 1;
    }

    private static ushort Word(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
