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
        from page in new[] { Path.Combine(Root, "README.md") }.Concat(
            Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
        from line in Joined(File.ReadLines(page)).Index()
        where Command().IsMatch(line.Item)
        select new TestCaseData(Command().Match(line.Item).Groups["arguments"].Value).SetArgDisplayNames(
            $"{Path.GetRelativePath(Root, page)}:{line.Index + 1}");

    /// <summary>A line that ends in a backslash goes on in the next.</summary>
    private static IEnumerable<string> Joined(IEnumerable<string> lines)
    {
        var before = string.Empty;
        foreach (var line in lines)
        {
            var whole = before + (before.Length > 0 ? line.TrimStart() : line);
            before = whole.EndsWith(" \\", StringComparison.Ordinal) ? whole[..^1] : string.Empty;
            yield return before.Length > 0 ? string.Empty : whole;
        }
    }

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
        Assert.That(Lines.Count(), Is.GreaterThan(20));
        Assert.That(
            Lines.Select(line => (string)line.Arguments[0]!),
            Has.Some.Contains("--translate-x 1 --translate-y 1").And.None.Contains("\\"));
    }

    [GeneratedRegex("^    (dotnet run -c Release --project samples/KeypointRobustness --|robustpruning) (?<arguments>.*)$")]
    private static partial Regex Command();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
