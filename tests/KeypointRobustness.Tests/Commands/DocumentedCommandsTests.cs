using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using KeypointRobustness.Commands;

namespace KeypointRobustness.Tests.Commands;

/// <summary>Every command line of the README, the pages and the job files is one that the app takes.</summary>
[TestFixture]
internal sealed partial class DocumentedCommandsTests
{
    private static string Root => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../.."));

    private static IEnumerable<TestCaseData> Lines =>
        from page in new[] { Path.Combine(Root, "README.md") }.Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
        from line in File.ReadLines(page).Index()
        where Command().IsMatch(line.Item)
        select new TestCaseData(Command().Match(line.Item).Groups["arguments"].Value)
            .SetArgDisplayNames($"{Path.GetRelativePath(Root, page)}:{line.Index + 1}");

    [TestCaseSource(nameof(Lines))]
    public void TheAppTakesIt(string arguments)
    {
        var root = AppCommand.Commands();
        AppCommand.AddSharedOptions(root);
        Assert.That(root.Parse(arguments).Errors.Select(error => error.Message), Is.Empty);
    }

    [Test]
    public void AWrongOneIsFound()
    {
        var root = AppCommand.Commands();
        AppCommand.AddSharedOptions(root);
        Assert.That(root.Parse("certify --no-such-option 3").Errors, Is.Not.Empty);
        Assert.That(Lines.Count(), Is.GreaterThan(15));
    }

    [GeneratedRegex("^    (dotnet run -c Release --project samples/KeypointRobustness --|robustpruning) (?<arguments>.*)$")]
    private static partial Regex Command();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
