namespace RobustPruning.Data.Formats;

/// <summary>Finds the label files of a folder, or tells what a file is, and reads them.</summary>
internal static class LabelFiles
{
    private const string Collected = "CollectedData";
    private const string LabelledData = "labeled-data";

    /// <summary>Reads the labels of a folder or file.</summary>
    /// <exception cref="DataException">There are no labels that can be read, or more than one data set.</exception>
    public static LabelSet Read(string path, KeypointDatasetOptions options)
    {
        if (File.Exists(path))
            return ReadFile(path, options);
        if (!Directory.Exists(path))
            throw new DataException($"There is no folder or file {path}.") { Name = path };
        try
        {
            return ReadFolder(path, options);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read {path}: {error.Message}", error) { Name = path };
        }
    }

    private static LabelSet ReadFile(string path, KeypointDatasetOptions options)
    {
        var format = options.Format;
        if (format == KeypointFormat.Sleap || (format == KeypointFormat.Auto && Has(path, ".slp")))
            return SleapFile.Read(path, options);
        if (format == KeypointFormat.Coco || (format == KeypointFormat.Auto && Has(path, ".json")))
            return CocoFile.Read(path, options);
        if (SleapFile.IsHdf5(path))
            throw new DataException($"{path} is an HDF5 file. DeepLabCut writes the same labels as a CSV file beside it: use that one.")
                { Name = path };
        var table = CsvTable.Read(path);
        if (table.Rows.Count == 0)
            throw new DataException($"{path} is empty: it has no header.") { Name = path };
        if (format is KeypointFormat.DeepLabCut or KeypointFormat.LightningPose
            || (format == KeypointFormat.Auto && DeepLabCutFile.IsOne(table)))
            return DeepLabCutFile.Read(table, options);
        if (format == KeypointFormat.Csv || PlainCsvFile.IsOne(table))
            return PlainCsvFile.Read(table, options);
        var place = new DataPlace(path, table.Rows[0].Line, 1);
        throw new DataException(
            place,
            $"the header begins with '{table.Rows[0].Cells[0]}', not with 'scorer' (DeepLabCut) or 'image' (plain CSV).");
    }

    private static LabelSet ReadFolder(string folder, KeypointDatasetOptions options)
    {
        switch (options.Format)
        {
            case KeypointFormat.DeepLabCut or KeypointFormat.LightningPose:
                return ReadCollected(folder, options)
                    ?? throw new DataException($"There is no {Collected}*.csv in {folder}, nor in folders of videos in it.")
                    {
                        Name = folder,
                    };
            case KeypointFormat.Coco:
                return ReadOnly(folder, Files(folder, ".json"), "COCO file (.json)", options);
            case KeypointFormat.Sleap:
                return ReadOnly(folder, Files(folder, ".slp"), "SLEAP file (.slp)", options);
            case KeypointFormat.Csv:
                return ReadOnly(folder, Files(folder, ".csv"), "CSV file", options);
        }

        if (ReadCollected(folder, options) is { } collected)
            return collected;
        string[] others = [.. Files(folder, ".slp"), .. Files(folder, ".csv"), .. Files(folder, ".json").Where(CocoFile.IsOne)];
        return ReadOnly(
            folder,
            others,
            $"label file (DeepLabCut's or Lightning Pose's {Collected}.csv, COCO's .json, SLEAP's .slp or a plain .csv)",
            options);
    }

    private static LabelSet ReadOnly(string folder, IReadOnlyList<string> files, string kind, KeypointDatasetOptions options) =>
        files switch
        {
            [var only] => ReadFile(only, options),
            [] => throw new DataException($"There is no {kind} in {folder}.") { Name = folder },
            _ => throw new DataException(
                $"{folder} has {files.Count} label files, {string.Join(", ", files.Select(Path.GetFileName).Take(4))}: name one of them "
                + $"instead of the folder.")
            {
                Name = folder,
            },
        };

    /// <summary>DeepLabCut's labels of a folder, or of the videos of a project; null if there are none.</summary>
    private static LabelSet? ReadCollected(string folder, KeypointDatasetOptions options)
    {
        if (CollectedFile(folder) is { } own)
            return ReadFile(own, options);
        var parent = Path.Combine(folder, LabelledData);
        if (!Directory.Exists(parent))
            parent = folder;
        string[] videos = [.. Directory.GetDirectories(parent).Order(StringComparer.Ordinal)];
        var files = videos.Select(video => (Video: video, File: CollectedFile(video))).ToList();
        if (files.TrueForAll(entry => entry.File is null))
            return null;
        var labels = LabelSet.Merge([
            .. files.Where(entry => entry.File is not null).Select(entry => (entry.File!, ReadFile(entry.File!, options))),
        ]);
        string[] left = [.. files.Where(entry => entry.File is null && parent != folder).Select(entry => Path.GetFileName(entry.Video))];
        return left.Length == 0
            ? labels
            : labels with
            {
                Notes = [.. labels.Notes, $"{parent}: folders without {Collected}*.csv are left out: {string.Join(", ", left)}."],
            };
    }

    private static string? CollectedFile(string folder)
    {
        string[] files =
        [
            .. Files(folder, ".csv").Where(file => Path.GetFileName(file).StartsWith(Collected, StringComparison.OrdinalIgnoreCase)),
        ];
        if (files.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file).Equals(Collected, StringComparison.OrdinalIgnoreCase)) is
            { } plain)
            return plain;
        return files switch
        {
            [var only] => only,
            [] => null,
            _ => throw new DataException(
                $"{folder} has the labels of several people, {string.Join(", ", files.Select(Path.GetFileName))}: name one of these "
                + $"files instead of the folder.")
                { Name = folder },
        };
    }

    private static string[] Files(string folder, string extension) =>
        [.. Directory.GetFiles(folder).Where(file => Has(file, extension)).Order(StringComparer.Ordinal)];

    private static bool Has(string path, string extension) => Path.GetExtension(path).Equals(extension, StringComparison.OrdinalIgnoreCase);
}
