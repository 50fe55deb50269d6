using KeypointRobustness.Commands;
using KeypointRobustness.Reports;

namespace KeypointRobustness.Tests.Shards;

/// <summary>A small trained network and what certifies a few scenes with it.</summary>
internal sealed class CertifiedSet : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private CertifiedSet()
    {
    }

    /// <summary>The network's file.</summary>
    public string Model => File("trained/model.safetensors");

    /// <summary>Trains it.</summary>
    public static async Task<CertifiedSet> Create()
    {
        var set = new CertifiedSet();
        Assert.That(
            await AppCommand.RunAsync([
                "train", "--count", "32", "--size", "16", "--width", "0.05", "--epochs", "2", "--batch", "4", "--out", set.File("trained"),
            ]),
            Is.Zero);
        return set;
    }

    /// <summary>A path in its folder.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>The arguments that certify 12 scenes, which need more than one box each.</summary>
    public string[] Certify(string output, params string[] more) =>
        [
            "certify", "--model", Model, "--count", "24", "--held-back", "0.5", "--images", "0", "--brightness", "0.1", "--contrast", "0.1",
            "--tolerance", "0.3", "--max-boxes", "24", "--seconds", "1000", "--out", File(output), .. more,
        ];

    /// <summary>Every file of a folder but times, by its name.</summary>
    public Dictionary<string, string> Files(string folder) =>
        Directory
            .EnumerateFiles(File(folder), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(File(folder), path))
            .Where(name => name != "seconds.csv" && !name.StartsWith("log", StringComparison.Ordinal))
            .ToDictionary(name => name, name => Convert.ToBase64String(HtmlReport.Content(Path.Combine(File(folder), name))));

    /// <summary>The folder's results are those of the whole, file by file.</summary>
    public void RequireSame(string folder, string whole)
    {
        var (found, expected) = (Files(folder), Files(whole));
        Assert.That(found.Keys.Order(), Is.EqualTo(expected.Keys.Order()));
        Assert.That(found.Where(file => file.Value != expected[file.Key]).Select(file => file.Key), Is.Empty);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
