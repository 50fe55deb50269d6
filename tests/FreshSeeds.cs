using System.Collections.Concurrent;
using NUnit.Framework.Interfaces;
using RobustPruning.Tests;
using static TorchSharp.torch;

[assembly: FreshSeeds]

namespace RobustPruning.Tests;

/// <summary>
/// Gives each test a seed of its own, for torch's random numbers too, printed so that a failure can be repeated with ROBUSTPRUNING_SEED.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class FreshSeedsAttribute : Attribute, ITestAction
{
    private static readonly ConcurrentDictionary<string, int> Seeds = new();

    public ActionTargets Targets => ActionTargets.Test;

    /// <summary>The seed of the test that runs.</summary>
    public static int Current => Seeds.GetOrAdd(TestContext.CurrentContext.Test.ID, _ =>
    {
        var seed = Environment.GetEnvironmentVariable("ROBUSTPRUNING_SEED") is { Length: > 0 } given
            ? int.Parse(given) : Random.Shared.Next();
        TestContext.Out.WriteLine($"ROBUSTPRUNING_SEED={seed}");
        return seed;
    });

    public void BeforeTest(ITest test) => manual_seed(Current);

    public void AfterTest(ITest test)
    {
    }
}
