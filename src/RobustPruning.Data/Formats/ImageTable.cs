namespace RobustPruning.Data.Formats;

/// <summary>The columns of one keypoint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="X">The column of x, from 0; −1 until it is known.</param>
/// <param name="Y">The column of y.</param>
internal sealed record KeypointColumns(string Name, int X, int Y)
{
    /// <summary>Adds a column to the keypoint of a name, which keeps the place of its first column.</summary>
    /// <exception cref="DataException">The keypoint has that coordinate already.</exception>
    public static void Add(List<KeypointColumns> keypoints, string name, bool isX, int column, DataPlace place)
    {
        var index = keypoints.FindIndex(keypoint => keypoint.Name == name);
        if (index < 0)
        {
            keypoints.Add(new KeypointColumns(name, isX ? column : -1, isX ? -1 : column));
            return;
        }

        var known = keypoints[index];
        if ((isX ? known.X : known.Y) >= 0)
            throw new DataException(
                place,
                $"the {(isX ? "x" : "y")} of keypoint '{name}' is repeated; column {(isX ? known.X : known.Y) + 1} has it too.");
        keypoints[index] = isX ? known with { X = column } : known with { Y = column };
    }

    /// <summary>What messages call a coordinate: 0 for x, 1 for y.</summary>
    public string NameOf(int axis) => $"{Name} {(axis == 0 ? "x" : "y")}";

    /// <summary>Where a coordinate stands in a row.</summary>
    public DataPlace PlaceOf(int axis, string path, CsvRow row) => new(path, row.Line, (axis == 0 ? X : Y) + 1, NameOf(axis));

    /// <summary>Throws unless every keypoint has both coordinates, and there is one.</summary>
    public static void RequirePairs(IReadOnlyList<KeypointColumns> keypoints, DataPlace place)
    {
        if (keypoints.Count == 0)
            throw new DataException(place, "there is no column of a keypoint.");
        if (keypoints.FirstOrDefault(keypoint => keypoint.X < 0 || keypoint.Y < 0) is { } half)
            throw new DataException(place, $"keypoint '{half.Name}' has only one of x and y.");
    }
}

/// <summary>Reads the rows of a table that has an image's path first and coordinates in known columns.</summary>
internal static class ImageTable
{
    /// <summary>One object for each row.</summary>
    /// <param name="table">The table.</param>
    /// <param name="headerRows">Rows of its header.</param>
    /// <param name="pathColumns">Columns of the image's path.</param>
    /// <param name="keypoints">The columns of the keypoints.</param>
    /// <param name="options">How the data set is read.</param>
    /// <exception cref="DataException">
    /// A row does not fit the header, its image is missing or labelled twice, or a cell is no number.
    /// </exception>
    public static LabelSet Read(
        CsvTable table, int headerRows, int pathColumns, IReadOnlyList<KeypointColumns> keypoints, KeypointDatasetOptions options)
    {
        var columns = table.Rows[0].Cells.Count;
        CsvRow[] rows = [.. table.Rows.Skip(headerRows).Where(row => row.Cells.Any(cell => cell.Length > 0))];
        if (rows.Length == 0)
            throw new DataException($"{table.Path} has no rows below its header.") { Name = table.Path };
        if (rows.FirstOrDefault(row => row.Cells.Count != columns) is { } odd)
            throw new DataException(new DataPlace(table.Path, odd.Line), $"{odd.Cells.Count} columns instead of {columns}.");

        string[] paths = [.. rows.Select(row => string.Join('/', row.Cells.Take(pathColumns)))];
        var search = new ImageSearch(table.Path, options.ImageFolder, paths);
        var seen = new Dictionary<string, int>();
        var objects = new List<LabelledObject>();
        foreach (var (row, path) in rows.Zip(paths))
        {
            var place = new DataPlace(table.Path, row.Line, pathColumns);
            var image = ImageSource.OfFile(place, path, search.Find(path, place));
            if (!seen.TryAdd(image.Key, row.Line))
                throw new DataException(place, $"image {path} is already labelled in row {seen[image.Key]}.");
            objects.Add(
                new LabelledObject(
                    image,
                    [
                        .. keypoints.Select(columns =>
                            (table.Number(row, columns.X, columns.NameOf(0)), table.Number(row, columns.Y, columns.NameOf(1)))),
                    ],
                    (keypoint, axis) => keypoints[keypoint].PlaceOf(axis, table.Path, row)));
        }

        return new LabelSet([.. keypoints.Select(keypoint => keypoint.Name)], objects, table.Notes);
    }
}
