namespace RobustPruning.Data.Formats;

/// <summary>Reads a CSV file with the header <c>image,NAME_x,NAME_y,...</c>; columns called <c>NAME_likelihood</c> are left out.</summary>
internal static class PlainCsvFile
{
    private const string Image = "image";

    /// <summary>Whether a table begins like one.</summary>
    public static bool IsOne(CsvTable table) =>
        table.Rows.Count > 0 && table.Rows[0].Cells[0].Equals(Image, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file is not such a file, or an image is missing.</exception>
    public static LabelSet Read(CsvTable table, KeypointDatasetOptions options)
    {
        if (!IsOne(table))
            throw new DataException($"{table.Path} does not begin with the header image,NAME_x,NAME_y,...") { Name = table.Path };
        if (options.Individual is { } individual)
            throw new DataException($"{table.Path} names no individuals, so that '{individual}' (Individual) cannot be chosen.")
                { Name = table.Path };
        var header = table.Rows[0];
        var keypoints = new List<KeypointColumns>();
        for (var column = 1; column < header.Cells.Count; column++)
        {
            var (cell, place) = (header.Cells[column], new DataPlace(table.Path, header.Line, column + 1));
            if (cell.EndsWith("_likelihood", StringComparison.OrdinalIgnoreCase))
                continue;
            if (cell.Length < 3 || cell[^2] != '_' || char.ToLowerInvariant(cell[^1]) is not ('x' or 'y'))
                throw new DataException(place, $"'{cell}' is not the name of a keypoint followed by _x, _y or _likelihood.");
            KeypointColumns.Add(keypoints, cell[..^2], char.ToLowerInvariant(cell[^1]) == 'x', column, place);
        }

        if (keypoints.Count == 0)
            throw new DataException(new DataPlace(table.Path, header.Line), "the header names no keypoint.");
        KeypointColumns.RequirePairs(keypoints, new DataPlace(table.Path, header.Line));
        return ImageTable.Read(table, 1, 1, keypoints, options);
    }
}
