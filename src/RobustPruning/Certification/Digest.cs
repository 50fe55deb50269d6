using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// SHA-256 of networks and images, as 64 hexadecimal digits. Every part is preceded by its length, so that no two networks give the
/// same bytes; numbers are little-endian, bit for bit.
/// </summary>
internal sealed class Digest
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The digest of a network: its nodes' descriptions, and name, type, shape and bits of every parameter and buffer.</summary>
    public static string Of(Graph network)
    {
        var digest = new Digest();
        digest.Add(JsonSerializer.SerializeToUtf8Bytes(network.Nodes.Select(node => node.Description).ToList()));
        foreach (var node in network.Nodes.Where(node => node.Module is not null))
        {
            var state = node.Module!.named_parameters().Select(named => (named.name, (Tensor)named.parameter))
                .Concat(node.Module.named_buffers().Select(named => (named.name, named.buffer)));
            foreach (var (name, values) in state)
            {
                digest.Add(Encoding.UTF8.GetBytes($"{node.Name}.{name}"));
                digest.Add(values);
            }
        }

        return digest.Finish();
    }

    /// <summary>The digest of an image: its type, shape and bits.</summary>
    public static string Of(Tensor image)
    {
        var digest = new Digest();
        digest.Add(image);
        return digest.Finish();
    }

    /// <summary>The digest of bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Whether a text has the form of a digest.</summary>
    public static bool IsDigest(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    private void Add(Tensor values)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var host = values.detach().cpu().contiguous().flatten();
        Add(Encoding.UTF8.GetBytes($"{values.dtype} [{string.Join(", ", values.shape)}]"));
        Add(host.dtype == float32 ? MemoryMarshal.AsBytes<float>(host.data<float>().ToArray())
            : host.dtype == int64 ? MemoryMarshal.AsBytes<long>(host.data<long>().ToArray())
            : MemoryMarshal.AsBytes<double>(host.to(float64).data<double>().ToArray()));
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        _hash.AppendData(length);
        _hash.AppendData(bytes);
    }

    private string Finish()
    {
        using (_hash)
            return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }
}
