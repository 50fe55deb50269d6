using System.Globalization;
using RobustPruning.Onnx.Wire;

namespace RobustPruning.Onnx.Constants;

/// <summary>The files beside a model that hold the values of its tensors; only files in the model's own folder are opened.</summary>
internal sealed class ExternalFiles(string modelPath) : IDisposable
{
    private readonly Dictionary<string, ByteSource> _files = [];

    /// <summary>Where the values of a tensor are.</summary>
    /// <exception cref="OnnxException">The place is outside the model's folder, or there are not as many bytes.</exception>
    public ByteRange Find(string tensor, IReadOnlyDictionary<string, string> entries)
    {
        if (!entries.TryGetValue("location", out var location) || location.Length == 0)
            throw new OnnxException($"tensor '{tensor}' is in another file, but no location is given.");
        if (!_files.TryGetValue(location, out var file))
            _files[location] = file = new ByteSource(Resolve(tensor, location));
        var offset = Number(tensor, entries, "offset") ?? 0;
        var length = Number(tensor, entries, "length") ?? file.Length - offset;
        if (offset > file.Length || length < 0 || length > file.Length - offset)
            throw new OnnxException($"tensor '{tensor}' is at bytes {offset} to {offset + (double)length} of '{location}', which has {file.Length}.");
        return new ByteRange(file, offset, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    // Neither the name nor a link may lead out of the folder.
    private string Resolve(string tensor, string location)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;
        var path = Path.GetFullPath(Path.Combine(folder, location));
        if (Path.IsPathRooted(location) || !IsWithin(folder, path) || location.Split('/', '\\').Contains(".."))
            throw new OnnxException($"tensor '{tensor}' is in '{location}', which is outside the model's folder.");
        if (!IsWithin(RealPath(folder), RealPath(path)))
            throw new OnnxException($"tensor '{tensor}' is in '{location}', a link that leads out of the model's folder.");
        return path;
    }

    private static bool IsWithin(string folder, string path) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The path with every link in it followed.</summary>
    private static string RealPath(string path)
    {
        try
        {
            var real = Path.GetPathRoot(path)!;
            foreach (var part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
            {
                var next = Path.Combine(real, part);
                var target = Directory.Exists(next) ? Directory.ResolveLinkTarget(next, returnFinalTarget: true) : File.ResolveLinkTarget(next, returnFinalTarget: true);
                real = target is null ? next : RealPath(target.FullName);
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
            : throw new OnnxException($"tensor '{tensor}' has the {key} '{text}', which is no number.");
    }
}
