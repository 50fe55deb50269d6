using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Models;

/// <summary>
/// Networks as files: weights and architecture in one safetensors file, so that a pruned network loads without the code that made it.
/// The header's <c>__metadata__</c> holds <c>format</c> and <c>architecture</c>, a JSON list of the nodes.
/// </summary>
public static class ModelFile
{
    private const string Format = "robustpruning-1";
    private const int LongestHeader = 100_000_000;

    /// <summary>Writes a network: to a temporary file first, then moved into place.</summary>
    /// <param name="network">The network; its type of numbers must be 32-bit.</param>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(GraphModule network, string path)
    {
        ArgumentNullException.ThrowIfNull(network);
        var architecture = JsonSerializer.Serialize(network.Graph.Nodes.Select(node => node.Description).ToList());
        var header = new SortedDictionary<string, object>(StringComparer.Ordinal)
        {
            ["__metadata__"] = new Dictionary<string, string> { ["format"] = Format, ["architecture"] = architecture },
        };
        var blobs = new List<byte[]>();
        long offset = 0;
        foreach (var (name, value) in State(network))
        {
            var blob = ToBytes(value);
            header[name] = new Entry(value.dtype == int64 ? "I64" : "F32", value.shape, [offset, offset + blob.Length]);
            blobs.Add(blob);
            offset += blob.Length;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var temporary = path + ".tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        try
        {
            using (var stream = File.Create(temporary))
            {
                var length = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
                stream.Write(length);
                stream.Write(json);
                foreach (var blob in blobs)
                    stream.Write(blob);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Reads a network that <see cref="Save"/> wrote, in evaluation mode.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing, truncated, of another format, or its weights do not fit its architecture.</exception>
    public static GraphModule Load(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, "it cannot be read.", error);
        }

        GraphModule? network = null;
        try
        {
            var (entries, architecture, data) = Parse(path, bytes);
            network = GraphModule.FromDescriptions(architecture);
            Fill(path, network, entries, data);
            network.eval();
            return network;
        }
        catch (ModelFileException)
        {
            network?.Dispose();
            throw;
        }
        catch (Exception error)
        {
            network?.Dispose();
            throw new ModelFileException(path, $"its architecture cannot be built. {error.Message}", error);
        }
    }

    private static (Dictionary<string, Entry> Entries, List<NodeDescription> Architecture, ArraySegment<byte> Data) Parse(string path, byte[] bytes)
    {
        var length = bytes.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (length is < 2 or > LongestHeader || length > bytes.Length - 8)
            throw new ModelFileException(path, "it is truncated or not a safetensors file.");
        try
        {
            using var header = JsonDocument.Parse(bytes.AsMemory(8, (int)length));
            if (!header.RootElement.TryGetProperty("__metadata__", out var metadata)
                || !metadata.TryGetProperty("format", out var format) || format.GetString() != Format)
                throw new ModelFileException(path, "it was not written by RobustPruning, or by another version of it.");
            var architecture = JsonSerializer.Deserialize<List<NodeDescription>>(metadata.GetProperty("architecture").GetString()!);
            var entries = header.RootElement.EnumerateObject().Where(property => property.Name != "__metadata__")
                .ToDictionary(property => property.Name, property => property.Value.Deserialize<Entry>()!);
            if (architecture is not [InputDescription, _, ..])
                throw new ModelFileException(path, "its architecture has no layers.");
            return (entries, architecture, new ArraySegment<byte>(bytes, 8 + (int)length, bytes.Length - 8 - (int)length));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or NotSupportedException)
        {
            throw new ModelFileException(path, "its header is damaged.", error);
        }
    }

    private static void Fill(string path, GraphModule network, Dictionary<string, Entry> entries, ArraySegment<byte> data)
    {
        using var scope = NewDisposeScope();
        long total = 0;
        foreach (var (name, value) in State(network))
        {
            if (!entries.TryGetValue(name, out var entry))
                throw new ModelFileException(path, $"'{name}' is missing.");
            var size = value.numel() * (value.dtype == int64 ? sizeof(long) : sizeof(float));
            if (entry.Dtype != (value.dtype == int64 ? "I64" : "F32") || !entry.Shape.SequenceEqual(value.shape))
                throw new ModelFileException(path, $"'{name}' is {entry.Dtype} [{string.Join(", ", entry.Shape)}], the architecture needs [{string.Join(", ", value.shape)}].");
            if (entry.DataOffsets is not [var start, var end] || start < 0 || end - start != size || end > data.Count)
                throw new ModelFileException(path, $"it is truncated at '{name}'.");
            WeightCopy.Into(FromBytes(data.Slice((int)start, (int)size), value), value);
            total += size;
        }

        if (total != data.Count)
            throw new ModelFileException(path, $"its weights take {total} bytes, but it holds {data.Count}.");
    }

    private static IEnumerable<(string Name, Tensor Value)> State(GraphModule network) =>
        network.named_parameters().Select(named => (named.name, (Tensor)named.parameter))
            .Concat(network.named_buffers().Select(named => (named.name, named.buffer)));

    private static byte[] ToBytes(Tensor value)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Array numbers = value.dtype == int64 ? value.cpu().data<long>().ToArray() : value.cpu().to(float32).data<float>().ToArray();
        var bytes = new byte[Buffer.ByteLength(numbers)];
        Buffer.BlockCopy(numbers, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static Tensor FromBytes(ArraySegment<byte> bytes, Tensor like)
    {
        if (like.dtype == int64)
        {
            var whole = new long[bytes.Count / sizeof(long)];
            Buffer.BlockCopy(bytes.Array!, bytes.Offset, whole, 0, bytes.Count);
            return tensor(whole, like.shape);
        }

        var numbers = new float[bytes.Count / sizeof(float)];
        Buffer.BlockCopy(bytes.Array!, bytes.Offset, numbers, 0, bytes.Count);
        return tensor(numbers, like.shape);
    }

    private sealed record Entry(
        [property: JsonPropertyName("dtype")] string Dtype,
        [property: JsonPropertyName("shape")] long[] Shape,
        [property: JsonPropertyName("data_offsets")] long[] DataOffsets);
}
