using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Networks;

/// <summary>Reads and writes NumPy's .npy files of 32-bit floats in C order.</summary>
internal static partial class NpyFile
{
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The array as a tensor of its shape; the caller owns it.</summary>
    /// <exception cref="NpyException">The file is missing, damaged, or holds something else than 32-bit floats in C order.</exception>
    public static Tensor Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NpyException(path, error.Message);
        }

        if (bytes.Length < 12 || !bytes.AsSpan(0, 6).SequenceEqual(Magic))
            throw new NpyException(path, "it is no .npy file.");

        // Version 1 has a header length of two bytes, later versions of four.
        var (start, length) = bytes[6] == 1
            ? (10, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)))
            : (12, (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)));
        if (start + length > bytes.Length)
            throw new NpyException(path, "its header is truncated.");
        var header = Encoding.ASCII.GetString(bytes, start, (int)length);
        if (!header.Contains("'descr': '<f4'")
            || !header.Contains("'fortran_order': False")
            || ShapePattern().Match(header) is not { Success: true } match)
            throw new NpyException(path, $"it does not hold 32-bit floats in C order, but {header.Trim()}.");
        long[] shape = [.. match.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(size => long.Parse(size, CultureInfo.InvariantCulture))];
        var data = bytes.AsSpan(start + (int)length);
        if (data.Length != sizeof(float) * shape.Aggregate(1L, (product, size) => product * size))
            throw new NpyException(path, $"it holds {data.Length} bytes of data, which is not [{string.Join(", ", shape)}].");

        var numbers = new float[data.Length / sizeof(float)];
        for (var index = 0; index < numbers.Length; index++)
            numbers[index] = BinaryPrimitives.ReadSingleLittleEndian(data[(sizeof(float) * index)..]);
        return tensor(numbers, shape);
    }

    /// <summary>Writes a tensor's values as 32-bit floats; the file is replaced if it exists.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Tensor array)
    {
        var sizes = array.shape.Length == 1 ? $"{array.shape[0]}," : string.Join(", ", array.shape);
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({sizes}), }}";

        // NumPy wants the data to begin at a multiple of 64 bytes, and a line break before it.
        header = header.PadRight(((10 + header.Length + 64) / 64 * 64) - 11) + '\n';
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write(Magic);
        writer.Write([1, 0]);
        writer.Write((ushort)header.Length);
        writer.Write(Encoding.ASCII.GetBytes(header));
        writer.Write(array.to(float32).cpu().contiguous().bytes);
    }

    [GeneratedRegex(@"'shape': \(([0-9, ]*)\)")]
    private static partial Regex ShapePattern();
}
