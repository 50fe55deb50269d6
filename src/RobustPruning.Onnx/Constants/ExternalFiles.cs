using System.Globalization;
using RobustPruning.Onnx.Wire;

namespace RobustPruning.Onnx.Constants;

/// <summary>The files beside a model that hold the values of its tensors; only files in the model's own folder are opened.</summary>
internal sealed class ExternalFiles(string modelPath) : IDisposable
{
    // A link may lead to itself by way of a folder.
    private const int MostLinks = 40;

    private readonly Dictionary<string, ByteSource> _opened = [];
    private readonly Dictionary<string, ByteSource> _files = [];
    private readonly Dictionary<ByteSource, long> _counted = [];
    private readonly HashSet<ByteRange> _found = [];

    /// <summary>How many bytes tensors have been found in; of one file never more than it has.</summary>
    public long Bytes => _counted.Values.Sum();

    /// <summary>Where the values of a tensor are.</summary>
    /// <exception cref="OnnxException">The place is outside the model's folder, or there are not as many bytes.</exception>
    public ByteRange Find(string tensor, IReadOnlyDictionary<string, string> entries)
    {
        if (!entries.TryGetValue("location", out var location) || location.Length == 0)
            throw new OnnxException($"tensor '{tensor}' is in another file, but no location is given.") { Name = tensor };
        if (!_opened.TryGetValue(location, out var file))
            _opened[location] = file = Open(tensor, Resolve(tensor, location));
        var offset = Number(tensor, entries, "offset") ?? 0;
        var length = Number(tensor, entries, "length") ?? file.Length - offset;
        if (offset > file.Length || length < 0 || length > file.Length - offset)
            throw new OnnxException(
                $"tensor '{tensor}' is at bytes {offset} to {offset + (double)length} of '{location}', which has {file.Length}.")
            {
                Name = tensor,
                Value = location,
            };
        var range = new ByteRange(file, offset, length);
        if (_found.Add(range))
            _counted[file] = Math.Min(file.Length, _counted.GetValueOrDefault(file) + length);
        return range;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    // A pipe would be waited for, and a device has no end; both have no length.
    private ByteSource Open(string tensor, string path)
    {
        if (_files.TryGetValue(path, out var file))
            return file;
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            throw new OnnxException($"tensor '{tensor}' is in '{path}', which is empty, or no ordinary file.")
                { Name = tensor, Value = path };
        return _files[path] = new ByteSource(path);
    }

    // Neither the name nor a link may lead out of the folder.
    private string Resolve(string tensor, string location)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;
        var path = Path.GetFullPath(Path.Combine(folder, location));
        if (Path.IsPathRooted(location) || !IsWithin(folder, path) || location.Split('/', '\\').Contains(".."))
            throw new OnnxException($"tensor '{tensor}' is in '{location}', which is outside the model's folder.")
                { Name = tensor, Value = location };
        var real = RealPath(path);
        if (!IsWithin(RealPath(folder), real))
            throw new OnnxException($"tensor '{tensor}' is in '{location}', a link that leads out of the model's folder.")
                { Name = tensor, Value = location };
        return real;
    }

    private static bool IsWithin(string folder, string path) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The path with every link in it followed.</summary>
    private static string RealPath(string path, int links = 0)
    {
        try
        {
            var real = Path.GetPathRoot(path)!;
            foreach (var part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
            {
                var next = Path.Combine(real, part);
                var target = Directory.Exists(next)
                    ? Directory.ResolveLinkTarget(next, returnFinalTarget: true)
                    : File.ResolveLinkTarget(next, returnFinalTarget: true);
                if (target is not null && links == MostLinks)
                    throw new IOException($"It is behind more than {MostLinks} links.");
                real = target is null ? next : RealPath(target.FullName, links + 1);
            }

            return real;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OnnxException($"it cannot be read. {error.Message}", error) { Path = path };
        }
    }

    private static long? Number(string tensor, IReadOnlyDictionary<string, string> entries, string key)
    {
        if (!entries.TryGetValue(key, out var text))
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new OnnxException($"tensor '{tensor}' has the {key} '{text}', which is no number.") { Name = tensor, Value = text };
    }
}
