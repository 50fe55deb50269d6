namespace RobustPruning.Data.Formats;

/// <summary>
/// Finds the image files that a label file names. Paths come from the machine that the labels were made on, so their ends count: the path
/// as written, then ever shorter ends of it that still name the image's folder, relative to the label file's folder and to those above it.
/// The first folder of that name decides. The name alone counts only where all rows are of one folder: frames of several videos have the
/// same names, and must not be taken for each other.
/// </summary>
internal sealed class ImageSearch
{
    private const int FoldersAbove = 4;
    private const string LabelledData = "labeled-data";

    private readonly string _folder;
    private readonly List<string> _above = [];
    private readonly IReadOnlyList<string> _near;
    private readonly HashSet<string> _imageFolders;
    private readonly Dictionary<string, ILookup<string, string>> _listings = [];

    /// <summary>Prepares a search.</summary>
    /// <param name="labelFile">The label file.</param>
    /// <param name="imageFolder">The folder that the images lie in, or null for the label file's and those near it.</param>
    /// <param name="paths">All paths that the file names.</param>
    /// <param name="near">Further folders to look into.</param>
    public ImageSearch(string labelFile, string? imageFolder, IEnumerable<string> paths, IEnumerable<string>? near = null)
    {
        _folder = Path.GetFullPath(imageFolder ?? Path.GetDirectoryName(Path.GetFullPath(labelFile))!);
        if (!Directory.Exists(_folder))
            throw new DataException($"There is no folder {_folder} (ImageFolder).");
        _near = imageFolder is null ? [.. near ?? []] : [];
        if (imageFolder is null)
        {
            for (var above = Path.GetDirectoryName(_folder);
                above is not null && _above.Count < FoldersAbove;
                above = Path.GetDirectoryName(above))
                _above.Add(above);
        }

        _imageFolders = [.. paths.Select(path => string.Join('/', Segments(path)[..^1]))];
    }

    /// <summary>The file of a path.</summary>
    /// <param name="path">The path as the label file has it, with slashes of either kind.</param>
    /// <param name="place">Where it has it.</param>
    /// <exception cref="DataException">There is no such file, or it cannot be told which it is.</exception>
    public string Find(string path, DataPlace place)
    {
        var segments = Segments(path);
        if (segments is [.., ""])
            throw new DataException(place, "the image path is empty.");
        if (Path.IsPathRooted(path) && File.Exists(path))
            return path;
        var name = segments[^1];
        for (var start = 0; start < segments.Length - 1; start++)
        {
            foreach (var folder in _above.Prepend(_folder))
            {
                if (Walk(folder, segments[start..^1]) is { } images)
                    return Entry(images, name, File.Exists) ?? throw Missing(name, images, place);
            }
        }

        string[] found =
        [
            .. _near
                .Select(folder => Walk(folder, segments[..^1]))
                .OfType<string>()
                .Select(images => Entry(images, name, File.Exists))
                .OfType<string>()
                .Distinct(),
        ];
        if (found.Length > 1)
            throw new DataException(place, $"image {path} may be {found[0]} or {found[1]}: name the folder (ImageFolder).");
        if (found.Length == 1)
            return found[0];
        if (segments.Length > 1 && WhyNotByName(segments) is { } reason)
            throw new DataException(place, $"there is no image {path} in or above {_folder}, and {reason}.");
        return Entry(_folder, name, File.Exists) ?? throw Missing(name, _folder, place);
    }

    private string? WhyNotByName(string[] segments)
    {
        if (_imageFolders.Count > 1)
        {
            return $"its name alone does not tell which it is: the file has images of {_imageFolders.Count} folders, "
                + string.Join(" and ", _imageFolders.Order().Take(2));
        }

        var (parent, name) = (Path.GetFileName(Path.GetDirectoryName(_folder)), Path.GetFileName(_folder));
        return parent == LabelledData && NameForms.Decompose(name) != NameForms.Decompose(segments[^2])
            ? $"this is the folder of another video, {name}"
            : null;
    }

    private string? Walk(string folder, IEnumerable<string> segments)
    {
        var at = folder;
        foreach (var segment in segments)
        {
            var next = segment switch
            {
                "." => at,
                ".." => Path.GetDirectoryName(at),
                _ => Entry(at, segment, Directory.Exists),
            };
            if (next is null)
                return null;
            at = next;
        }

        return at;
    }

    /// <summary>
    /// The entry of a folder: by its very name, by another normal form of it, or in another case of letters if there is one such entry.
    /// </summary>
    private string? Entry(string folder, string name, Func<string, bool> exists)
    {
        var exact = Path.Combine(folder, name);
        if (exists(exact))
            return exact;
        var wanted = NameForms.Decompose(name);
        string[] alike = [.. Listing(folder)[wanted.ToUpperInvariant()]];
        string[] same = [.. alike.Where(entry => NameForms.Decompose(Path.GetFileName(entry)) == wanted)];
        return (same.Length > 0 ? same : alike) is [var only] && exists(only) ? only : null;
    }

    private DataException Missing(string name, string folder, DataPlace place)
    {
        var stem = Path.GetFileNameWithoutExtension(name);
        var other = Listing(folder).SelectMany(entries => entries).Select(Path.GetFileName)
            .FirstOrDefault(entry => Path.GetFileNameWithoutExtension(entry) == stem);
        return new DataException(place, $"there is no image {name} in {folder}{(other is null ? "" : $"; there is {other}")}.");
    }

    private ILookup<string, string> Listing(string folder)
    {
        if (!_listings.TryGetValue(folder, out var listing))
        {
            string[] entries;
            try
            {
                entries = Directory.GetFileSystemEntries(folder);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                entries = [];
            }

            listing = entries
                .Order(StringComparer.Ordinal)
                .ToLookup(entry => NameForms.Decompose(Path.GetFileName(entry)).ToUpperInvariant());
            _listings[folder] = listing;
        }

        return listing;
    }

    // The last segment is the image's name: empty where there is none.
    private static string[] Segments(string path)
    {
        var parts = path.Trim().Split('/', '\\');
        return [.. parts[..^1].Where(part => part.Length > 0), parts[^1]];
    }
}
