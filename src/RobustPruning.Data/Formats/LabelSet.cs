using RobustPruning.Data.Images;

namespace RobustPruning.Data.Formats;

/// <summary>What label files say, before any image is read.</summary>
/// <param name="KeypointNames">The K names.</param>
/// <param name="Objects">The labelled objects, in the order of the files; those of one image follow each other.</param>
/// <param name="Notes">What was assumed or left out.</param>
/// <param name="Owner">What has to stay open while images are read, or null.</param>
internal sealed record LabelSet(
    IReadOnlyList<string> KeypointNames, IReadOnlyList<LabelledObject> Objects, IReadOnlyList<string> Notes, IDisposable? Owner = null)
        : IDisposable
{
    /// <summary>Joins the label sets of several videos; keypoints in another order are matched by name.</summary>
    /// <exception cref="DataException">The keypoints are others.</exception>
    public static LabelSet Merge(IReadOnlyList<(string File, LabelSet Labels)> parts)
    {
        var (first, names) = (parts[0].File, parts[0].Labels.KeypointNames);
        var objects = new List<LabelledObject>();
        foreach (var (file, labels) in parts)
        {
            if (!labels.KeypointNames.ToHashSet().SetEquals(names))
                throw new DataException(
                    $"{file} has the keypoints {string.Join(", ", labels.KeypointNames)}, but {first} has {string.Join(", ", names)}.");
            int[] order = [.. names.Select(name => labels.KeypointNames.Index().First(entry => entry.Item == name).Index)];
            objects.AddRange(labels.Objects.Select(item => item with
            {
                Points = [.. order.Select(index => item.Points[index])],
                PlaceOf = (keypoint, axis) => item.PlaceOf(order[keypoint], axis),
            }));
        }

        return new LabelSet(names, objects, [.. parts.SelectMany(part => part.Labels.Notes)]);
    }

    public void Dispose() => Owner?.Dispose();
}

/// <summary>One object with its labels, as a file states them.</summary>
/// <param name="Image">The image.</param>
/// <param name="Points">x and y of each keypoint in pixels of the image, null where the file has nothing.</param>
/// <param name="PlaceOf">Where the coordinate of a keypoint (0 for x, 1 for y) stands in the file.</param>
/// <param name="Box">The object's box, left, top, width and height from the image's top left corner; null where the file has none.</param>
internal sealed record LabelledObject(
    ImageSource Image,
    IReadOnlyList<(double? X, double? Y)> Points,
    Func<int, int, DataPlace> PlaceOf,
    (double Left, double Top, double Width, double Height)? Box = null);

/// <summary>Where an image comes from.</summary>
/// <param name="Place">Where the label file names it.</param>
/// <param name="Path">Its path, as the label file names it, with slashes; messages and samples are named after its end.</param>
/// <param name="Key">What tells it from all others: the full path of its file, or its place in the label file.</param>
/// <param name="Decode">Decodes it, with the grey behind transparent pixels.</param>
/// <param name="Measure">Says what is known of it without its pixels, with the same grey.</param>
/// <param name="StatedSize">The width and height that the label file states, or null.</param>
internal sealed record ImageSource(
    DataPlace Place, string Path, string Key, Func<float?, DecodedImage> Decode, Func<float?, ImageFacts> Measure,
    (int Width, int Height)? StatedSize = null)
{
    /// <summary>An image file.</summary>
    public static ImageSource OfFile(DataPlace place, string path, string file, (int Width, int Height)? statedSize = null) =>
        new(
            place,
            path.Replace('\\', '/'),
            System.IO.Path.GetFullPath(file),
            grey => ImageFile.Decode(ImageFile.ReadBytes(file), file, grey),
            grey => ImageFile.Measure(ImageFile.ReadBytes(file), file, grey),
            statedSize);
}
