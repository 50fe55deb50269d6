using System.CommandLine;
using System.Text.Json;
using RobustPruning.Benchmarks.Soundness;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>enclosures --cases N --samples M --seed S</c>: checks each scene change's enclosures pixel by pixel and prints a JSON line for each.
/// </summary>
internal static class EnclosuresCommand
{
    public static Command Create()
    {
        var cases = new Option<int>("--cases")
        {
            Description = "How many images with a box each, a transform; at least 1.",
            DefaultValueFactory = _ => 2000,
        };
        var samples = new Option<int>("--samples")
        {
            Description = "How many θ of each box; at least 1.",
            DefaultValueFactory = _ => 10000,
        };
        var seed = new Option<int>("--seed") { Description = "The seed.", DefaultValueFactory = _ => 0 };
        var transform = new Option<string?>("--transform")
        {
            Description = $"One of {string.Join(", ", EnclosureRun.Transforms.Keys)}; all unless given.",
        };
        var command = new Command("enclosures", "Compares enclosures of scene changes with sampled parameters, pixel by pixel.")
        {
            cases, samples, seed, transform,
        };
        command.SetAction(parsed =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(cases), 1, "--cases");
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(samples), 1, "--samples");
            var names =
                parsed.GetValue(transform) is not { } name ? EnclosureRun.Transforms.Keys
                : EnclosureRun.Transforms.ContainsKey(name) ? [name]
                : throw new ArgumentException(
                    $"Unknown transform '{name}'; --transform is one of {string.Join(", ", EnclosureRun.Transforms.Keys)}.");
            var violations = 0;
            foreach (var each in names)
            {
                var result = EnclosureRun.Run(each, parsed.GetValue(cases), parsed.GetValue(samples), parsed.GetValue(seed));
                violations += result.Violations;
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    transform = each,
                    cases = result.Cases,
                    samples = parsed.GetValue(samples),
                    violations = result.Violations,
                    greatestExcess = result.Excess,
                    firstSeed = result.FirstSeed,
                    widthOverSampled = result.Width / result.Range,
                    seconds = result.Seconds,
                }));
            }

            return violations == 0 ? 0 : 1;
        });
        return command;
    }
}
