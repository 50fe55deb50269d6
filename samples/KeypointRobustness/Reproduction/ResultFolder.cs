using RobustPruning.Data;

namespace KeypointRobustness.Reproduction;

/// <summary>The results of a comparison, one file a run, and the checkpoints of runs that are not over.</summary>
internal sealed class ResultFolder(ReproductionPreset preset, string folder)
{
    /// <summary>The folder of everything.</summary>
    public string Path => folder;

    /// <summary>Everything that is there.</summary>
    /// <exception cref="DataException">A result is damaged, or was made with other options; the message names the file.</exception>
    public IReadOnlyList<RunResult> Read()
    {
        RunResult[] results = [.. Files("results").Select(Read)];
        if (results.FirstOrDefault(result => result.DataDigest is not null) is { } first)
            RequireData(results, first.DataDigest!);
        return results;
    }

    /// <summary>Refuses results on other images or labels.</summary>
    /// <exception cref="DataException">There is one; the message names the file.</exception>
    public void RequireData(IEnumerable<RunResult> results, string digest)
    {
        if (results.FirstOrDefault(result => result.DataDigest is not null && result.DataDigest != digest) is { } other)
            throw new DataException(
                $"Result {ResultOf(other.Run)} was made with other images or labels. Give this comparison a folder of its own, or delete "
                + $"it.");
    }

    /// <summary>What is known about how hard channels make a network.</summary>
    /// <exception cref="DataException">As for <see cref="Read()"/>.</exception>
    public IReadOnlyList<HardnessResult> ReadHardness() => [.. Files("hardness").Select(path =>
    {
        var result = ResultFile.Read<HardnessResult>(path);
        ResultFile.RequireOptions(path, result.Options, OptionsOf(path, () => HardnessStudy.Options(preset, result.Run)));
        return result;
    })];

    /// <summary>Writes the result of a run, and deletes its checkpoints.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Write(RunResult result)
    {
        ResultFile.Write(ResultOf(result.Run), result);
        DeleteCheckpoints(result.Run.Name);
    }

    /// <summary>Writes what a study of a network's channels found, and deletes its checkpoints.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Write(HardnessResult result)
    {
        ResultFile.Write(System.IO.Path.Combine(folder, "hardness", result.Run.Name + ".json"), result);
        DeleteCheckpoints("hardness." + result.Run.Name);
    }

    /// <summary>The folder for the checkpoints of a training.</summary>
    public string Checkpoints(string training) => System.IO.Path.Combine(folder, "checkpoints", training);

    private string ResultOf(ReproductionRun run) => System.IO.Path.Combine(folder, "results", run.Name + ".json");

    private RunResult Read(string path)
    {
        var result = ResultFile.Read<RunResult>(path);
        if (System.IO.Path.GetFileNameWithoutExtension(path) != result.Run.Name)
            throw new DataException($"Result {path} is that of {result.Run.Name}: it was renamed or copied. Delete it.");
        ResultFile.RequireOptions(path, result.Options, OptionsOf(path, () => ResultOptions.Of(preset, result.Run)));
        return result;
    }

    private static IReadOnlyDictionary<string, string> OptionsOf(string path, Func<IReadOnlyDictionary<string, string>> options)
    {
        try
        {
            return options();
        }
        catch (ArgumentException error)
        {
            throw new DataException($"Result {path} belongs to another comparison: {error.Message}", error);
        }
    }

    private string[] Files(string kind)
    {
        var path = System.IO.Path.Combine(folder, kind);
        return Directory.Exists(path) ? [.. Directory.GetFiles(path, "*.json").Order(StringComparer.Ordinal)] : [];
    }

    private void DeleteCheckpoints(string training)
    {
        if (Directory.Exists(Checkpoints(training)))
            Directory.Delete(Checkpoints(training), recursive: true);
    }
}
