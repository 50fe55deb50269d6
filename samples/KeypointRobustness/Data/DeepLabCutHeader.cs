namespace KeypointRobustness.Data;

/// <summary>What the three header rows of DeepLabCut's <c>CollectedData.csv</c> say.</summary>
/// <param name="PathColumns">Columns of the image path: 1, or 3 where the path is split over folder, video and image.</param>
/// <param name="KeypointNames">The K keypoint names.</param>
internal sealed record DeepLabCutHeader(int PathColumns, IReadOnlyList<string> KeypointNames)
{
    /// <summary>Number of header rows.</summary>
    public const int Rows = 3;

    /// <summary>Cells that every row has.</summary>
    public int Columns => PathColumns + 2 * KeypointNames.Count;

    /// <summary>Reads the header rows: scorer, bodyparts, coords.</summary>
    /// <param name="rows">The rows of the file.</param>
    /// <param name="path">What messages call the file.</param>
    /// <exception cref="DataException">The rows are not such a header.</exception>
    public static DeepLabCutHeader Read(IReadOnlyList<CsvRow> rows, string path)
    {
        if (rows.Count < Rows)
        {
            throw new DataException($"{path} lacks DeepLabCut's three header rows (scorer, bodyparts, coords).");
        }

        if (rows[1].Cells[0] == "individuals")
        {
            throw new DataException($"{path}, row {rows[1].Line}: files with several individuals are not supported.");
        }

        string[] names = ["scorer", "bodyparts", "coords"];
        for (var i = 0; i < Rows; i++)
        {
            if (rows[i].Cells[0] != names[i])
            {
                throw new DataException($"{path}, row {rows[i].Line}: the first cell is '{rows[i].Cells[0]}', not '{names[i]}'.");
            }

            if (rows[i].Cells.Count != rows[0].Cells.Count)
            {
                throw new DataException(
                    $"{path}, row {rows[i].Line}: {rows[i].Cells.Count} columns, but the first row has {rows[0].Cells.Count}.");
            }
        }

        var bodyParts = rows[1].Cells;
        var pathColumns = bodyParts.Count > 2 && bodyParts[1].Length == 0 && bodyParts[2].Length == 0 ? 3 : 1;
        if (bodyParts.Count <= pathColumns || (bodyParts.Count - pathColumns) % 2 != 0)
        {
            throw new DataException($"{path}, row {rows[0].Line}: {bodyParts.Count} columns cannot be a path and pairs of x and y.");
        }

        return new DeepLabCutHeader(pathColumns, ReadNames(bodyParts, rows[2], pathColumns, rows[1].Line, path));
    }

    private static List<string> ReadNames(IReadOnlyList<string> bodyParts, CsvRow coords, int first, int line, string path)
    {
        var keypoints = new List<string>();
        for (var column = first; column < bodyParts.Count; column += 2)
        {
            if (coords.Cells[column] != "x" || coords.Cells[column + 1] != "y")
            {
                throw new DataException($"{path}, row {coords.Line}: columns {column + 1} and {column + 2} are not 'x' and 'y'.");
            }

            var name = bodyParts[column];
            if (name.Length == 0 || name != bodyParts[column + 1] || keypoints.Contains(name))
            {
                throw new DataException(
                    $"{path}, row {line}: keypoint name '{name}' (column {column + 1}) is empty, repeated or not in a pair.");
            }

            keypoints.Add(name);
        }

        return keypoints;
    }
}
