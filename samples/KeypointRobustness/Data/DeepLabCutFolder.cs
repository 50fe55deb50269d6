using System.Globalization;

namespace KeypointRobustness.Data;

/// <summary>Loads a folder of PNG images labelled with DeepLabCut: <c>CollectedData.csv</c> beside its images.</summary>
internal static class DeepLabCutFolder
{
    /// <summary>The name of the label file.</summary>
    public const string LabelFile = "CollectedData.csv";

    /// <summary>Loads every labelled image, resized, with its keypoints, in the order of the label file.</summary>
    /// <remarks>
    /// An image is found by its file name alone: paths in the label file keep the folders of the machine they were labelled
    /// on. Labels are pixels of the original image; an empty cell (or pandas' NaN) is a missing label.
    /// </remarks>
    /// <param name="folder">The folder.</param>
    /// <param name="height">Rows to resize to, at least 1.</param>
    /// <param name="width">Columns to resize to, at least 1.</param>
    /// <param name="progress">Told after every image.</param>
    /// <param name="cancel">Stops between images.</param>
    /// <exception cref="DataException">The label file or an image is missing or cannot be used; the message says where.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static KeypointDataset Load(
        string folder,
        int height,
        int width,
        IProgress<(int Done, int Total)>? progress = null,
        CancellationToken cancel = default)
    {
        var (names, keypointNames, load) = Open(folder, height, width);
        var samples = new KeypointSample[names.Count];
        for (var i = 0; i < samples.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            samples[i] = load(i);
            progress?.Report((i + 1, samples.Length));
        }

        return samples.Any(s => s.Visible.Contains(true))
            ? new KeypointDataset(samples, keypointNames)
            : throw new DataException($"{Path.Combine(folder, LabelFile)} holds no label at all.");
    }

    /// <summary>Reads the label file; images are loaded one by one when they are asked for.</summary>
    /// <inheritdoc cref="Load"/>
    /// <returns>The images' names, the keypoints' names, and what loads the image of an index.</returns>
    public static (IReadOnlyList<string> Names, IReadOnlyList<string> KeypointNames, Func<int, KeypointSample> Load) Open(string folder, int height, int width)
    {
        var path = Path.Combine(folder, LabelFile);
        var rows = CsvText.Parse(ReadText(folder, path), path);
        var header = DeepLabCutHeader.Read(rows, path);
        var labels = rows.Skip(DeepLabCutHeader.Rows).ToArray();
        if (labels.Length == 0)
        {
            throw new DataException($"{path} has no rows below its header.");
        }

        var names = ImageNames(labels, header, path);
        return (names, header.KeypointNames, i => LoadSample(folder, names[i], labels[i], header, height, width, path));
    }

    private static string ReadText(string folder, string path)
    {
        if (!Directory.Exists(folder))
        {
            throw new DataException($"There is no folder {folder}.");
        }

        try
        {
            return File.ReadAllText(path);
        }
        catch (FileNotFoundException e)
        {
            throw new DataException($"There is no {LabelFile} in {folder}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read {path}: {e.Message}", e);
        }
    }

    // Looks through the whole file before the first image is decoded, so that errors come early.
    private static string[] ImageNames(CsvRow[] labels, DeepLabCutHeader header, string path)
    {
        var seen = new Dictionary<string, int>();
        foreach (var row in labels)
        {
            if (row.Cells.Count != header.Columns)
            {
                throw new DataException($"{path}, row {row.Line}: {row.Cells.Count} columns instead of {header.Columns}.");
            }

            var name = row.Cells[header.PathColumns - 1].Split('/', '\\')[^1].Trim();
            if (name.Length == 0)
            {
                throw new DataException($"{path}, row {row.Line}: the image path is empty.");
            }

            if (!seen.TryAdd(name, row.Line))
            {
                throw new DataException($"{path}, row {row.Line}: image {name} is already labelled in row {seen[name]}.");
            }
        }

        return [.. seen.OrderBy(s => s.Value).Select(s => s.Key)];
    }

    private static KeypointSample LoadSample(
        string folder, string name, CsvRow row, DeepLabCutHeader header, int height, int width, string path)
    {
        var file = Path.Combine(folder, name);
        if (!File.Exists(file))
        {
            throw new DataException($"{path}, row {row.Line}: there is no image {name} in {folder}.");
        }

        var image = PngFile.Load(file);
        var keypoints = new float[2 * header.KeypointNames.Count];
        var visible = new bool[header.KeypointNames.Count];
        for (var k = 0; k < visible.Length; k++)
        {
            var x = ReadCoordinate(row, header, 2 * k, image.Width, path);
            var y = ReadCoordinate(row, header, 2 * k + 1, image.Height, path);
            if (x.HasValue != y.HasValue)
            {
                throw new DataException($"{path}, row {row.Line}: keypoint {header.KeypointNames[k]} has only one of x and y.");
            }

            if (x.HasValue)
            {
                visible[k] = true;
                keypoints[2 * k] = Resampling.MapCoordinate(x.Value, image.Width, width);
                keypoints[2 * k + 1] = Resampling.MapCoordinate(y!.Value, image.Height, height);
            }
        }

        return new KeypointSample(name, Resampling.Resize(image, height, width), keypoints, visible);
    }

    private static float? ReadCoordinate(CsvRow row, DeepLabCutHeader header, int index, int size, string path)
    {
        var column = header.PathColumns + index;
        var text = row.Cells[column].Trim();
        if (text.Length == 0 || text.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var where = $"{path}, row {row.Line}, column {column + 1} ({header.KeypointNames[index / 2]} {(index % 2 == 0 ? "x" : "y")})";
        if (!float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !float.IsFinite(value))
        {
            throw new DataException($"{where}: '{text}' is not a number.");
        }

        // Labels at the very edge come out a little beyond it; anything else is a label of another image size.
        return value >= -1 && value <= size
            ? value
            : throw new DataException($"{where}: {text} is outside the image, which is {size} pixels in this direction.");
    }
}
