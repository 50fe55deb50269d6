using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Numerics;

namespace RobustPruning.Training;

/// <summary>
/// A checkpoint as one file: the SHA-256 of the rest, then a zip archive of <c>state.json</c>, <c>optimizer</c>, and the networks as model
/// files, <c>current</c> and <c>accepted</c>.
/// </summary>
internal static class CheckpointFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new ExactDecimal.Converter() },
    };

    /// <summary>Writes a checkpoint, whole or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, CheckpointState state, GraphModule current, GraphModule? accepted, Action<BinaryWriter> optimizer)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, "state.json", stream => JsonSerializer.Serialize(stream, state, Json));
            Add(archive, "optimizer", stream =>
            {
                using var writer = new BinaryWriter(stream);
                optimizer(writer);
            });
            Add(archive, "current", stream => ModelFile.Write(current, stream));
            if (accepted is not null)
                Add(archive, "accepted", stream => ModelFile.Write(accepted, stream));
        }

        buffer.Position = 0;
        var digest = SHA256.HashData(buffer);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(digest);
            buffer.Position = 0;
            buffer.CopyTo(stream);
        });
    }

    /// <summary>Reads a checkpoint; the caller owns it.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Checkpoint Load(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < SHA256.HashSizeInBytes
            || !SHA256.HashData(bytes.AsSpan(SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(0, SHA256.HashSizeInBytes)))
            throw new InvalidDataException("it is truncated, or its bytes are not those that were written");
        using var archive = new ZipArchive(new MemoryStream(bytes, SHA256.HashSizeInBytes, bytes.Length - SHA256.HashSizeInBytes));
        try
        {
            var state = JsonSerializer.Deserialize<CheckpointState>(Read(archive, "state.json")!, Json)!;
            var accepted = Read(archive, "accepted");
            return new Checkpoint(
                state,
                ModelFile.Read(path, Read(archive, "current")!),
                accepted is null ? null : ModelFile.Read(path, accepted),
                Read(archive, "optimizer")!);
        }
        catch (Exception error) when (error is JsonException or ModelFileException or ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException($"it is of another version. {error.Message}", error);
        }
    }

    private static void Add(ZipArchive archive, string name, Action<Stream> write)
    {
        // Weights do not compress.
        using var stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
        write(stream);
    }

    private static byte[]? Read(ZipArchive archive, string name)
    {
        if (archive.GetEntry(name) is not { } entry)
            return null;
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
