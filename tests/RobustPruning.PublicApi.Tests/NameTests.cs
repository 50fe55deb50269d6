using TorchSharp;

namespace RobustPruning.Tests.PublicApi;

/// <summary>Names that stand beside those of TorchSharp in a user's file.</summary>
public sealed class NameTests
{
    [Test]
    public void NoTypeHasTheNameOfOneOfTorchSharps()
    {
        var theirs = typeof(torch)
            .Assembly.GetExportedTypes()
            .Where(type => type is { IsNested: false, Namespace: "TorchSharp" or "TorchSharp.Modules" })
            .Concat(typeof(torch).GetNestedTypes())
            .Select(type => type.Name)
            .ToHashSet();
        Assert.That(theirs, Does.Contain("Gamma"), "that is where the trouble was");
        Assert.That(
            Packages.PublicTypes.Where(type => !type.IsNested && theirs.Contains(type.Name)).Select(type => type.FullName),
            Is.Empty);
    }
}
