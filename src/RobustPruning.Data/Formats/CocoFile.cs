using System.Text.Json;

namespace RobustPruning.Data.Formats;

/// <summary>
/// Reads COCO keypoints: a JSON file with images, categories and annotations. A keypoint is x, y and a flag: 0 not labelled, 1 labelled but
/// hidden, 2 labelled and visible; both of the latter are labels.
/// </summary>
internal static class CocoFile
{
    private const string Images = "images";
    private const string Annotations = "annotations";
    private const string Categories = "categories";

    /// <summary>Whether a file is such a JSON file; one that is no JSON at all is none.</summary>
    public static bool IsOne(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(File.ReadAllBytes(path)));
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(Images, out _) && document.RootElement.TryGetProperty(Annotations, out _);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file is not such a file, or an image is missing.</exception>
    public static LabelSet Read(string path, KeypointDatasetOptions options)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(File.ReadAllBytes(path)));
            return Read(new JsonPlace(path, "", document.RootElement), path, options);
        }
        catch (JsonException error)
        {
            var place = new DataPlace(path, (int?)error.LineNumber + 1, (int?)error.BytePositionInLine + 1);
            throw new DataException(place, $"this is no JSON. {error.Message.Split(" LineNumber")[0]}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read {path}: {error.Message}", error) { Name = path };
        }
    }

    private static LabelSet Read(JsonPlace root, string path, KeypointDatasetOptions options)
    {
        var annotations = root.Get(Annotations).Items().Where(HasKeypoints).ToList();
        var category = ChooseCategory(root, annotations, options.Individual);
        var names = category.Get("keypoints").Items().Select(name => name.Text()).ToList();
        if (names.Count == 0 || names.Distinct().Count() < names.Count || names.Contains(""))
            throw category.Get("keypoints").Problem("the names of the keypoints are missing, empty or repeated.");

        var id = category.Get("id").Key();
        var objects = annotations.Where(annotation => annotation.Get("category_id").Key() == id)
            .ToLookup(annotation => annotation.Get("image_id").Key(), annotation => annotation);
        var images = root.Get(Images).Items().ToList();
        var known = new Dictionary<string, JsonPlace>();
        foreach (var image in images)
        {
            if (!known.TryAdd(image.Get("id").Key(), image))
                throw image.Get("id").Problem($"the image id {image.Get("id").Key()} is repeated.");
        }

        if (objects.FirstOrDefault(group => !known.ContainsKey(group.Key)) is { } stray)
            throw stray.First().Get("image_id").Problem($"there is no image of id {stray.Key}.");

        var used = images.Where(image => objects.Contains(image.Get("id").Key())).ToList();
        var search = new ImageSearch(path, options.ImageFolder, used.Select(image => image.Get("file_name").Text()), Near(path));
        var read = used.SelectMany(image => OnImage(image, [.. objects[image.Get("id").Key()]], names.Count, search)).ToList();
        var left = images.Count - used.Count;
        return new LabelSet(names, read, left > 0 ? [$"{path}: {left} of {images.Count} images have no keypoints and are left out."] : []);
    }

    // Crowds are regions of many objects; boxes alone say nothing about keypoints.
    private static bool HasKeypoints(JsonPlace annotation) =>
        annotation.Has("keypoints") && !(annotation.Has("iscrowd") && annotation.Get("iscrowd").Number() != 0);

    private static JsonPlace ChooseCategory(JsonPlace root, List<JsonPlace> annotations, string? name)
    {
        var all = root.Get(Categories).Items().Where(category => category.Has("keypoints")).ToList();
        if (all.Count == 0)
            throw root.Get(Categories).Problem("no category has keypoints.");
        var there = string.Join(", ", all.Select(category => category.Get("name").Text()));
        if (name is not null)
            return all.Where(category => category.Get("name").Text() == name).ToList() is [var named]
                ? named
                : throw root.Get(Categories).Problem($"there is not one category '{name}' (Individual) with keypoints; there is {there}.");
        var used = annotations.Select(annotation => annotation.Get("category_id").Key()).ToHashSet();
        if (annotations.FirstOrDefault(annotation =>
                all.All(category => category.Get("id").Key() != annotation.Get("category_id").Key())) is
            { } stray)
            throw stray.Get("category_id").Problem($"there is no category of id {stray.Get("category_id").Key()} with keypoints.");
        return all.Where(category => used.Contains(category.Get("id").Key())).ToList() switch
        {
            [var only] => only,
            [] => throw root.Get(Annotations).Problem("no annotation has keypoints."),
            _ => throw root.Get(Categories).Problem($"objects of several categories have keypoints, {there}: choose one (Individual)."),
        };
    }

    private static IEnumerable<LabelledObject> OnImage(JsonPlace image, List<JsonPlace> annotations, int keypoints, ImageSearch search)
    {
        var name = image.Get("file_name");
        (int, int)? size = image.Has("width") && image.Has("height")
            ? ((int)image.Get("width").Number(), (int)image.Get("height").Number())
            : null;
        var source = ImageSource.OfFile(name.Place, name.Text(), search.Find(name.Text(), name.Place), size);
        var objects = annotations.Select(annotation => ReadObject(annotation, source, keypoints)).ToList();

        // An object without any label counts only where there is no other.
        var labelled = objects.Where(item => item.Points.Any(point => point.X is not null)).ToList();
        return labelled.Count > 0 ? labelled : objects.Take(1);
    }

    private static LabelledObject ReadObject(JsonPlace annotation, ImageSource source, int keypoints)
    {
        var values = annotation.Get("keypoints").Items().ToList();
        if (values.Count != 3 * keypoints)
            throw annotation
                .Get("keypoints")
                .Problem($"{values.Count} numbers instead of {3 * keypoints}: x, y and visibility of {keypoints} keypoints.");
        var points = new (double?, double?)[keypoints];
        for (var k = 0; k < keypoints; k++)
        {
            var (x, y, flag) = (values[3 * k].Number(), values[3 * k + 1].Number(), values[3 * k + 2].Number());
            points[k] = flag switch
            {
                0 => (null, null),
                1 or 2 => (x, y),
                _ => throw values[3 * k + 2].Problem($"the visibility is {flag}, not 0, 1 or 2."),
            };
        }

        var box = annotation.Has("bbox") ? ReadBox(annotation.Get("bbox")) : null;
        return new LabelledObject(source, points, (keypoint, axis) => values[3 * keypoint + axis].Place, box);
    }

    private static (double, double, double, double)? ReadBox(JsonPlace box)
    {
        double[] values = [.. box.Items().Select(value => value.Number())];
        if (values is not [_, _, >= 0, >= 0])
            throw box.Problem("a box is x, y, width and height, and neither of the latter is negative.");
        return values[2] > 0 && values[3] > 0 ? (values[0], values[1], values[2], values[3]) : null;
    }

    // COCO keeps annotations and images in folders beside each other.
    private static IEnumerable<string> Near(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (var start in new[] { folder, Path.GetDirectoryName(folder) }.OfType<string>())
        {
            yield return start;
            foreach (var child in Directory.GetDirectories(start).Order(StringComparer.Ordinal))
                yield return child;
            if (Directory.Exists(Path.Combine(start, Images)))
            {
                foreach (var child in Directory.GetDirectories(Path.Combine(start, Images)).Order(StringComparer.Ordinal))
                    yield return child;
            }
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) => bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
}
