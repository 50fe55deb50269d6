using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace RobustPruning.Tests;

/// <summary>What all tests share: threads, seeds, and the optional shared folder beside the repository.</summary>
[SetUpFixture]
public sealed class TestEnvironment
{
    /// <summary>The path of a file or folder in the shared folder, or null where it is absent.</summary>
    public static string? Shared(string path)
    {
        var root = RootAbove(TestContext.CurrentContext.TestDirectory) ?? RootAbove(Path.GetDirectoryName(ThisFile()));
        var found = root?.Parent is null ? null : Path.Combine(root.Parent.FullName, "shared", path);
        return found is not null && Path.Exists(found) ? found : null;
    }

    /// <summary>The shared path, or the test ends as inconclusive with a message.</summary>
    public static string RequireShared(string path)
    {
        var found = Shared(path);
        Assume.That(found, Is.Not.Null, $"skipped: ../shared/{path} is absent");
        return found!;
    }

    /// <summary>The running test's seed, fresh and printed.</summary>
    public static int FreshSeed() => FreshSeedsAttribute.Current;

    [OneTimeSetUp]
    public void SetThreads() => set_num_threads(Math.Min(2, Environment.ProcessorCount));

    private static DirectoryInfo? RootAbove(string? path)
    {
        var folder = path is null ? null : new DirectoryInfo(path);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "RobustPruning.sln")))
            folder = folder.Parent;
        return folder;
    }

    // Where outputs are built outside the repository, the source file still lies inside it.
    private static string ThisFile([CallerFilePath] string path = "") => path;
}
