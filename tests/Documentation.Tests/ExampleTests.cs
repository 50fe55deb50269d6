using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Documentation.Tests;

/// <summary>Every C# block of the README and of the pages compiles, runs, and prints what the page says.</summary>
[NonParallelizable]
public sealed partial class ExampleTests
{
    private string _before = "";
    private string _folder = "";

    private static string Root => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));

    private static IEnumerable<TestCaseData> Examples =>
        Pages().SelectMany(page => Example.Of(page, File.ReadAllText(Path.Combine(Root, page))))
            .Select(example => new TestCaseData(example).SetArgDisplayNames(example.ToString()));

    /// <summary>Each example runs in an empty folder, and writes its files there.</summary>
    [SetUp]
    public void EnterAFolder()
    {
        _before = Environment.CurrentDirectory;
        _folder = Directory.CreateTempSubdirectory("example-").FullName;
        Environment.CurrentDirectory = _folder;
    }

    [TearDown]
    public void LeaveIt()
    {
        Environment.CurrentDirectory = _before;
        Directory.Delete(_folder, recursive: true);
    }

    [TestCaseSource(nameof(Examples))]
    public void TheExampleRuns(object example)
    {
        var (_, _, _, _, output) = (Example)example;
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        var printed = ExampleProgram.Run((Example)example);
        TestContext.Out.Write(printed);
        if (output is not null)
            Assert.That(WithoutDecimals(printed), Is.EqualTo(WithoutDecimals(output)));
    }

    [Test]
    public void AnExampleThatDoesNotCompileIsNamed() =>
        Assert.That(
            () => ExampleProgram.Run(new Example("page", 1, "", "int x = \"text\";\n", null)),
            Throws.InstanceOf<InvalidDataException>());

    [Test]
    public void SetupOutputAndTypesAreRead()
    {
        const string Page = """
            <!-- every example
            using System.Globalization;
            var number = 1.5;
            -->
            <!-- this example
            number++;
            -->
            ```csharp
            class Told { public static void Say(double number) => Console.WriteLine(number.ToString(CultureInfo.InvariantCulture)); }
            Told.Say(number);
            ```
            ```text
            2.5
            ```
            ```csharp
            number
            ```
            """;
        var examples = Example.Of("page", Page);
        Assert.That(examples.Select(example => example.Line), Is.EqualTo(new[] { 9, 16 }));
        Assert.That(ExampleProgram.Run(examples[0]), Is.EqualTo(examples[0].Output));
        Assert.That(ExampleProgram.Run(examples[1]), Is.Empty);
    }

    // The README, the pages, and the packages' own readmes.
    private static IEnumerable<string> Pages() =>
        new[] { "README.md" }
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "src"), "README.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, Path.Combine(Root, path)).Replace('\\', '/')).Order(StringComparer.Ordinal);

    // Seconds depend on the machine; verdicts do not.
    private static string WithoutDecimals(string text) => Decimal().Replace(text.ReplaceLineEndings("\n").Trim(), "#");

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Decimal();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
