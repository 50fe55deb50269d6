namespace RobustPruning.Data.Tests;

/// <summary>Inputs that lie beside the repository on some machines only.</summary>
internal static class SharedFolder
{
    /// <summary>A folder of them; the test is skipped where it is absent.</summary>
    public static string Find(string name)
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "shared", name)))
            folder = folder.Parent;
        Assume.That(folder, Is.Not.Null, $"skipped: ../shared/{name} lies beside the repository only on some machines.");
        return Path.Combine(folder!.FullName, "shared", name);
    }
}
