namespace RobustPruning.Data.Tests;

/// <summary>A new empty folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    // One level further down: images are also looked for beside a data set's folder, where other programs' temporary files are.
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("keypoints-");

    public TemporaryFolder() => Path = _parent.CreateSubdirectory("data").FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _parent.Delete(recursive: true);
}
