using System.CommandLine;
using System.Text.Json;
using RobustPruning.Benchmarks.Soundness;
using RobustPruning.Certification;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>spikes --count N --seconds T --seed S</c>: certifies detectors with hidden counterexamples and prints one JSON line; none may be
/// certified.
/// </summary>
internal static class SpikesCommand
{
    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "How many spikes; at least 1.", DefaultValueFactory = _ => 500 };
        var seconds = new Option<double>("--seconds") { Description = "The time for each.", DefaultValueFactory = _ => 30 };
        var seed = new Option<int>("--seed") { Description = "The seed.", DefaultValueFactory = _ => 0 };
        var command = new Command("spikes", "Certifies detectors with hidden narrow spikes.") { count, seconds, seed };
        command.SetAction(parsed =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(count), 1, "--count");
            var results = SpikeHunt.Run(parsed.GetValue(count), parsed.GetValue(seed), parsed.GetValue(seconds), Console.Error.WriteLine);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                spikes = results.Count,
                certified = Count(results, Verdict.Certified),
                falsifiedShare = (double)Count(results, Verdict.Falsified) / results.Count,
                slowestSeconds = results.Max(result => result.Seconds),
                seconds = results.Sum(result => result.Seconds),
                byDimension = results.GroupBy(result => result.Dimension).OrderBy(group => group.Key).Select(group => new
                {
                    parameters = group.Key,
                    spikes = group.Count(),
                    falsified = Count(group, Verdict.Falsified),
                    slowestSeconds = group.Max(result => result.Seconds),
                    mostBoxes = group.Max(result => result.Boxes),
                }),
                seed = parsed.GetValue(seed),
            }));
            return Count(results, Verdict.Certified) == 0 ? 0 : 1;
        });
        return command;
    }

    private static int Count(IEnumerable<SpikeResult> results, Verdict verdict) => results.Count(result => result.Verdict == verdict);
}
