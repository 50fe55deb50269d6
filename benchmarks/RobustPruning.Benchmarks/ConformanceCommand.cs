using System.CommandLine;
using RobustPruning.Benchmarks.Conformance;
using RobustPruning.Onnx.Operators;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>conformance [FOLDER]</c>: runs the ONNX project's operator tests and prints, by operator, how many passed, were refused and failed,
/// and why a case was refused of whose operators each is supported.
/// </summary>
internal static class ConformanceCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER")
        {
            Description = "Where the tests are; that of Debian's libonnx-testdata by default.",
            DefaultValueFactory = _ => ConformanceRun.DebianFolder,
        };
        var command = new Command("conformance", "Runs the ONNX project's operator tests.") { folder };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(folder)!;
            if (!Directory.Exists(path))
                throw new DirectoryNotFoundException($"There is no folder {path}. On Debian: apt-get install libonnx-testdata");
            var results = ConformanceRun.Of(path).ToList();
            Print(results);
            return results.Any(result => result.Outcome == ConformanceOutcome.Failed) ? 1 : 0;
        });
        return command;
    }

    private static void Print(List<ConformanceResult> results)
    {
        Console.WriteLine($"{"operator",-22}{"passed",8}{"refused",9}{"failed",8}");
        foreach (var name in OperatorTable.Names.Order(StringComparer.Ordinal))
            Print(name, results.Where(result => IsSupported(result) && result.Operators.Contains(name)));
        Print("supported only", results.Where(IsSupported));
        Print("with others", results.Where(result => !IsSupported(result)));
        Print("all", results);
        foreach (var result in results.Where(result =>
                result.Outcome == ConformanceOutcome.Failed || (result.Outcome == ConformanceOutcome.Refused && IsSupported(result))))
            Console.WriteLine($"{result.Outcome.ToString().ToLowerInvariant()} {result.Name}: {result.Message}");
    }

    private static void Print(string title, IEnumerable<ConformanceResult> results)
    {
        var counts = results.CountBy(result => result.Outcome).ToDictionary();
        Console.WriteLine(
            $"{title, -22}{Count(ConformanceOutcome.Passed), 8}{Count(ConformanceOutcome.Refused), 9}{Count(ConformanceOutcome.Failed), 8}");

        int Count(ConformanceOutcome outcome) => counts.GetValueOrDefault(outcome);
    }

    private static bool IsSupported(ConformanceResult result) => result.Operators.All(name => OperatorTable.Find(name) is not null);
}
