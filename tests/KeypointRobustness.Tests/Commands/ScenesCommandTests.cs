using System.Runtime.CompilerServices;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;

namespace KeypointRobustness.Tests.Commands;

[TestFixture]
internal sealed class ScenesCommandTests
{
    [Test]
    public async Task EveryRecipeOfThePageIsDrawn()
    {
        using var folder = new TemporaryFolder();
        Assert.That(await AppCommand.RunAsync(["scenes", "--out", folder.File("out")]), Is.Zero);
        var report = await File.ReadAllTextAsync(folder.File("out/scene-changes.html"));
        Assert.That(report.Split("data:image/png").Length - 1, Is.EqualTo(SceneCookbook.Recipes.Count));
        var page = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/scene-changes.md"));
        string[] blocks = [.. page.Split("```csharp\n").Skip(1).Select(block => block[..block.IndexOf("\n```", StringComparison.Ordinal)])];
        Assert.That(blocks, Is.EquivalentTo(SceneCookbook.Recipes.Select(recipe => recipe.Code)));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
