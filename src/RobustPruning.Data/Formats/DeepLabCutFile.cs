namespace RobustPruning.Data.Formats;

/// <summary>
/// Reads a label file of DeepLabCut or Lightning Pose: header rows scorer, individuals (where several were labelled), bodyparts and coords;
/// then an image's path, in one column or in three, and its coordinates.
/// </summary>
internal static class DeepLabCutFile
{
    /// <summary>Whether a table begins like one.</summary>
    public static bool IsOne(CsvTable table) => table.Rows.Count > 0 && Is(table.Rows[0].Cells[0], "scorer");

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file is not such a file, or an image is missing.</exception>
    public static LabelSet Read(CsvTable table, KeypointDatasetOptions options)
    {
        var header = ReadHeader(table);
        var keypoints = ReadKeypoints(table, header, options.Individual);
        return ImageTable.Read(table, header.Rows.Count, header.PathColumns, keypoints, options);
    }

    private static Header ReadHeader(CsvTable table)
    {
        var path = table.Path;
        string[] names = table.Rows.Count > 1 && Is(table.Rows[1].Cells[0], "individuals")
            ? ["scorer", "individuals", "bodyparts", "coords"]
            : ["scorer", "bodyparts", "coords"];
        if (table.Rows.Count < names.Length)
            throw new DataException($"{path} lacks DeepLabCut's header rows ({string.Join(", ", names)}).") { Name = path };
        CsvRow[] rows = [.. table.Rows.Take(names.Length)];
        foreach (var (row, name) in rows.Zip(names))
        {
            if (!Is(row.Cells[0], name))
                throw new DataException(new DataPlace(path, row.Line, 1), $"the first cell is '{row.Cells[0]}', not '{name}'.");
            if (row.Cells.Count != rows[0].Cells.Count)
                throw new DataException(
                    new DataPlace(path, row.Line),
                    $"{row.Cells.Count} columns, but the first row has {rows[0].Cells.Count}.");
        }

        var bodyParts = rows[^2].Cells;
        var pathColumns = bodyParts is [_, "", "", ..] ? 3 : 1;
        return bodyParts.Count > pathColumns
            ? new Header(rows, pathColumns)
            : throw new DataException(new DataPlace(path, rows[0].Line), $"{bodyParts.Count} columns cannot be a path and coordinates.");
    }

    private static List<KeypointColumns> ReadKeypoints(CsvTable table, Header header, string? individual)
    {
        var (bodyParts, coords) = (header.Rows[^2], header.Rows[^1]);
        var individuals = header.Rows.Count == 4 ? header.Rows[1] : null;
        RequireIndividual(table.Path, header, individuals, individual);
        var keypoints = new List<KeypointColumns>();
        for (var column = header.PathColumns; column < bodyParts.Cells.Count; column++)
        {
            var (name, coordinate) = (bodyParts.Cells[column], coords.Cells[column]);
            if (individual is not null && individuals!.Cells[column] != individual)
                continue;
            if (name.Length == 0)
                throw new DataException(new DataPlace(table.Path, bodyParts.Line, column + 1), "the keypoint has no name.");
            if (Is(coordinate, "likelihood"))
                continue;
            if (!Is(coordinate, "x") && !Is(coordinate, "y"))
                throw new DataException(
                    new DataPlace(table.Path, coords.Line, column + 1, name),
                    $"'{coordinate}' is not x, y or likelihood.");
            KeypointColumns.Add(keypoints, name, Is(coordinate, "x"), column, new DataPlace(table.Path, bodyParts.Line, column + 1, name));
        }

        KeypointColumns.RequirePairs(keypoints, new DataPlace(table.Path, coords.Line));
        return keypoints;
    }

    private static void RequireIndividual(string path, Header header, CsvRow? row, string? individual)
    {
        if (row is null)
        {
            if (individual is not null)
                throw new DataException($"{path} names no individuals, so that '{individual}' (Individual) cannot be chosen.")
                    { Name = path };
            return;
        }

        var place = new DataPlace(path, row.Line);
        string[] there = [.. row.Cells.Skip(header.PathColumns).Distinct()];
        if (individual is null && there.Length > 1)
            throw new DataException(place, $"there are several individuals, {string.Join(", ", there)}: choose one (Individual).");
        if (individual is not null && !there.Contains(individual))
            throw new DataException(place, $"there is no individual '{individual}' (Individual); there is {string.Join(", ", there)}.");
    }

    private static bool Is(string cell, string name) => cell.Equals(name, StringComparison.OrdinalIgnoreCase);

    private sealed record Header(IReadOnlyList<CsvRow> Rows, int PathColumns);
}
