namespace TorchSharp;

using static torch;

/// <summary>A tensor as bytes: element type, rank and sizes as LEB128, then the elements in row-major order.</summary>
internal static class TensorStream
{
    private const int LongestRank = 64;

    public static void Write(BinaryWriter writer, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var plain = tensor.detach().cpu().contiguous();
        writer.Write7BitEncodedInt64((long)plain.dtype);
        writer.Write7BitEncodedInt64(plain.shape.Length);
        foreach (var size in plain.shape)
        {
            writer.Write7BitEncodedInt64(size);
        }

        if (plain.numel() > 0)
        {
            writer.Write(plain.bytes);
        }
    }

    /// <summary>Reads a tensor that must have the element type and sizes of <paramref name="like"/>, which bounds what a broken file can ask for.</summary>
    public static Tensor ReadLike(BinaryReader reader, Tensor like, string name)
    {
        var (type, shape) = ReadHeader(reader);
        if (type != like.dtype)
        {
            throw new ArgumentException($"Mismatched tensor data types while loading '{name}': expected {like.dtype}, found {type}.");
        }

        if (!shape.AsSpan().SequenceEqual(like.shape))
        {
            throw new ArgumentException($"Mismatched tensor shape while loading '{name}': expected " +
                $"[{string.Join(", ", like.shape)}], found [{string.Join(", ", shape)}].");
        }

        var result = empty(shape, dtype: type).DetachFromDisposeScope();
        try
        {
            if (result.numel() > 0)
            {
                reader.BaseStream.ReadExactly(result.bytes);
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor of any element type and size.</summary>
    public static Tensor Read(BinaryReader reader)
    {
        var (type, shape) = ReadHeader(reader);
        RequireBytes(reader, ByteCount(type, shape));
        var result = empty(shape, dtype: type).DetachFromDisposeScope();
        if (result.numel() > 0)
        {
            reader.BaseStream.ReadExactly(result.bytes);
        }

        return result;
    }

    public static void Skip(BinaryReader reader)
    {
        var (type, shape) = ReadHeader(reader);
        var left = ByteCount(type, shape);
        RequireBytes(reader, left);
        var buffer = new byte[Math.Min(left, 1 << 16)];
        while (left > 0)
        {
            var part = (int)Math.Min(left, buffer.Length);
            reader.BaseStream.ReadExactly(buffer.AsSpan(0, part));
            left -= part;
        }
    }

    private static (ScalarType type, long[] shape) ReadHeader(BinaryReader reader)
    {
        var code = reader.Read7BitEncodedInt64();
        var type = (ScalarType)code;
        if ((long)type != code || !Enum.IsDefined(type))
        {
            throw new InvalidDataException($"{code} is no element type.");
        }

        var rank = reader.Read7BitEncodedInt64();
        if (rank is < 0 or > LongestRank)
        {
            throw new InvalidDataException($"A tensor of {rank} dimensions.");
        }

        var shape = new long[rank];
        for (var i = 0; i < rank; i++)
        {
            shape[i] = reader.Read7BitEncodedInt64();
            if (shape[i] < 0)
            {
                throw new InvalidDataException($"A dimension of size {shape[i]}.");
            }
        }

        return (type, shape);
    }

    private static long ByteCount(ScalarType type, long[] shape)
    {
        long elementSize;
        using (var one = empty([1], dtype: type))
        {
            elementSize = one.bytes.Length;
        }

        try
        {
            return shape.Aggregate(elementSize, (bytes, size) => checked(bytes * size));
        }
        catch (OverflowException)
        {
            throw new InvalidDataException("A tensor of more bytes than there are.");
        }
    }

    /// <summary>Keeps a broken file from asking for memory that it could not fill.</summary>
    private static void RequireBytes(BinaryReader reader, long bytes)
    {
        var stream = reader.BaseStream;
        if (stream.CanSeek && stream.Length - stream.Position < bytes)
        {
            throw new EndOfStreamException();
        }
    }
}
