using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using RobustPruning.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Models;

/// <summary>
/// Networks as files: weights and architecture in one safetensors file, so that a pruned network loads without the code that made it. The
/// header's <c>__metadata__</c> holds <c>format</c>; <c>architecture</c>, a JSON list of the nodes; and <c>digest</c>, SHA-256 of the
/// architecture and of the weights in its order; and <c>notes</c>, a JSON object of texts, where there are some. A file without a digest is
/// read too, so that weights can be changed by other tools.
/// </summary>
public static class ModelFile
{
    private const string Format = "robustpruning-1";
    private const int LongestHeader = 100_000_000;

    /// <summary>Writes a network: to a temporary file of its own in the same folder first, then moved into place.</summary>
    /// <param name="network">The network, in 32- or 64-bit numbers; the file keeps their type.</param>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <exception cref="GraphException">
    /// A weight is NaN or infinite, or of another type of numbers; the message names the layer.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(GraphModule network, string path) => Save(network, path, new Dictionary<string, string>());

    /// <summary>
    /// Writes a network as <see cref="Save(GraphModule, string)"/> does, with notes about it, such as the names of its keypoints.
    /// </summary>
    /// <param name="network">The network; its type of numbers must be 32-bit.</param>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="notes">Texts by name; they are not part of the digest. <see cref="LoadNotes"/> reads them.</param>
    /// <exception cref="GraphException">
    /// A weight is NaN or infinite, or of another type of numbers; the message names the layer.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(GraphModule network, string path, IReadOnlyDictionary<string, string> notes)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(notes);
        AtomicFile.Write(path, stream => Write(network, stream, notes));
    }

    /// <summary>Reads the notes of a file; empty where it has none.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing, truncated or of another format.</exception>
    public static IReadOnlyDictionary<string, string> LoadNotes(string path) =>
        Parse(path, ReadBytes(path)).Notes is { } notes
            ? JsonSerializer.Deserialize<Dictionary<string, string>>(notes)!
            : new Dictionary<string, string>();

    /// <summary>Writes a network to a stream.</summary>
    internal static void Write(GraphModule network, Stream stream, IReadOnlyDictionary<string, string>? notes = null)
    {
        network.Graph.RequireFiniteWeights();
        var architecture = JsonSerializer.Serialize(network.Graph.Nodes.Select(node => node.Description).ToList());
        var header = new SortedDictionary<string, object>(StringComparer.Ordinal);
        using var digest = NewDigest(architecture);
        var blobs = new List<byte[]>();
        long offset = 0;
        foreach (var (name, value) in State(network))
        {
            var type =
                NumberType.Of(value.dtype)
                ?? throw new GraphException(
                    name,
                    $"it is {value.dtype}, which model files do not hold; convert the network to float32 or float64.")
                {
                    Value = value.dtype,
                };
            var blob = type.ToBytes(value);
            header[name] = new Entry(type.Name, value.shape, [offset, offset + blob.Length]);
            blobs.Add(blob);
            digest.AppendData(blob);
            offset += blob.Length;
        }

        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format, ["architecture"] = architecture, ["digest"] = Convert.ToHexStringLower(digest.GetHashAndReset()),
        };
        if (notes is { Count: > 0 })
            metadata["notes"] = JsonSerializer.Serialize(
                new SortedDictionary<string, string>(notes.ToDictionary(), StringComparer.Ordinal));
        header["__metadata__"] = metadata;
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        stream.Write(length);
        stream.Write(json);
        foreach (var blob in blobs)
            stream.Write(blob);
    }

    /// <summary>Reads a network that <see cref="Save(GraphModule, string)"/> wrote, in evaluation mode.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">
    /// The file is missing, truncated, of another format, or its weights are not finite or do not fit its architecture or digest.
    /// </exception>
    public static GraphModule Load(string path) => Read(path, ReadBytes(path));

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, "it cannot be read.", error);
        }
    }

    /// <summary>Reads a network from bytes, in evaluation mode.</summary>
    internal static GraphModule Read(string path, byte[] bytes)
    {
        GraphModule? network = null;
        try
        {
            var contents = Parse(path, bytes);
            RequireRoom(path, contents);
            network = GraphModule.FromDescriptions(contents.Nodes);
            if (contents.IsFloat64)
                network.to(float64);
            Fill(path, network, contents);
            network.Graph.RequireFiniteWeights();
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
            throw new ModelFileException(path, $"its network cannot be built. {error.Message}", error);
        }
    }

    private static Contents Parse(string path, byte[] bytes)
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
            var architecture = metadata.GetProperty("architecture").GetString()!;
            var nodes = JsonSerializer.Deserialize<List<NodeDescription>>(architecture);
            var entries = header.RootElement.EnumerateObject().Where(property => property.Name != "__metadata__")
                .ToDictionary(property => property.Name, property => property.Value.Deserialize<Entry>()!);
            if (nodes is not [InputDescription, _, ..])
                throw new ModelFileException(path, "its architecture has no layers.");
            return new Contents(
                architecture,
                nodes,
                metadata.TryGetProperty("digest", out var digest) ? digest.GetString() : null,
                metadata.TryGetProperty("notes", out var notes) ? notes.GetString() : null,
                entries,
                new ArraySegment<byte>(bytes, 8 + (int)length, bytes.Length - 8 - (int)length));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or NotSupportedException)
        {
            throw new ModelFileException(path, "its header is damaged.", error);
        }
    }

    /// <summary>Refuses an architecture of more weights than the file has bytes for, before memory is asked for.</summary>
    private static void RequireRoom(string path, Contents contents)
    {
        var weights = contents.Nodes.Sum(node => Math.Abs(node.Weights));
        if (!(weights * (contents.IsFloat64 ? sizeof(double) : sizeof(float)) <= contents.Data.Count))
            throw new ModelFileException(path, $"its architecture needs {weights:0} weights, but it holds {contents.Data.Count} bytes.");
    }

    private static void Fill(string path, GraphModule network, Contents contents)
    {
        using var scope = NewDisposeScope();
        using var digest = NewDigest(contents.Architecture);
        var (entries, data) = (contents.Entries, contents.Data);
        long total = 0;
        foreach (var (name, value) in State(network))
        {
            if (!entries.TryGetValue(name, out var entry))
                throw new ModelFileException(path, $"'{name}' is missing.") { Value = name };
            var type = NumberType.Of(value.dtype)!;
            var size = value.numel() * type.Size;
            if (entry.Dtype != type.Name || !entry.Shape.SequenceEqual(value.shape))
                throw new ModelFileException(
                    path,
                    $"'{name}' is {entry.Dtype} [{string.Join(", ", entry.Shape)}], the architecture needs {type.Name} "
                    + $"[{string.Join(", ", value.shape)}].")
                {
                    Value = name,
                };
            if (entry.DataOffsets is not [var start, var end] || start < 0 || end - start != size || end > data.Count)
                throw new ModelFileException(path, $"it is truncated at '{name}'.") { Value = name };
            digest.AppendData(data.Slice((int)start, (int)size));
            WeightCopy.Into(type.FromBytes(data.Slice((int)start, (int)size), value.shape), value);
            total += size;
        }

        if (total != data.Count)
            throw new ModelFileException(path, $"its weights take {total} bytes, but it holds {data.Count}.");
        if (contents.Digest is { } stated && stated != Convert.ToHexStringLower(digest.GetHashAndReset()))
            throw new ModelFileException(path, "its weights are not those that were written: their digest is another.");
    }

    private static IEnumerable<(string Name, Tensor Value)> State(GraphModule network) =>
        network.named_parameters().Select(named => (named.name, (Tensor)named.parameter))
            .Concat(network.named_buffers().Select(named => (named.name, named.buffer)));

    private static IncrementalHash NewDigest(string architecture)
    {
        var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(Encoding.UTF8.GetBytes(architecture));
        return digest;
    }

    private sealed record Contents(
        string Architecture, List<NodeDescription> Nodes, string? Digest, string? Notes, Dictionary<string, Entry> Entries,
        ArraySegment<byte> Data)
    {
        /// <summary>Whether the network is one of 64-bit numbers: its weights are all of one type.</summary>
        public bool IsFloat64 => Entries.Values.Any(entry => entry.Dtype == NumberType.Float64.Name);
    }

    /// <summary>A type of numbers, as safetensors call it.</summary>
    private sealed record NumberType(string Name, int Size, Func<Tensor, Array> Read, Func<ArraySegment<byte>, long[], Tensor> FromBytes)
    {
        public static readonly NumberType Float64 = new(
            "F64",
            sizeof(double),
            value => value.data<double>().ToArray(),
            (bytes, shape) => tensor(Numbers<double>(bytes), shape));

        private static readonly NumberType Float32 = new(
            "F32",
            sizeof(float),
            value => value.data<float>().ToArray(),
            (bytes, shape) => tensor(Numbers<float>(bytes), shape));
        private static readonly NumberType Int64 = new(
            "I64",
            sizeof(long),
            value => value.data<long>().ToArray(),
            (bytes, shape) => tensor(Numbers<long>(bytes), shape));

        public static NumberType? Of(ScalarType type) => type switch
        {
            ScalarType.Float32 => Float32,
            ScalarType.Float64 => Float64,
            ScalarType.Int64 => Int64,
            _ => null,
        };

        public byte[] ToBytes(Tensor value)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var numbers = Read(value.cpu());
            var bytes = new byte[Buffer.ByteLength(numbers)];
            Buffer.BlockCopy(numbers, 0, bytes, 0, bytes.Length);
            return bytes;
        }

        private static T[] Numbers<T>(ArraySegment<byte> bytes)
            where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes.AsSpan()).ToArray();
    }

    private sealed record Entry(
        [property: JsonPropertyName("dtype")] string Dtype,
        [property: JsonPropertyName("shape")] long[] Shape,
        [property: JsonPropertyName("data_offsets")] long[] DataOffsets);
}
