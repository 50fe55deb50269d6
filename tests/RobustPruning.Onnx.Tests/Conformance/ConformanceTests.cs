using System.Text.RegularExpressions;
using RobustPruning.Benchmarks.Conformance;
using RobustPruning.Onnx.Operators;

namespace RobustPruning.Onnx.Tests.Conformance;

/// <summary>The ONNX project's own operator tests, where Debian's libonnx-testdata is installed.</summary>
public sealed partial class ConformanceTests
{
    [Test]
    public void EveryCasePassesOrIsRefusedByName()
    {
        Assume.That(Directory.Exists(ConformanceRun.DebianFolder), "skipped: Debian's libonnx-testdata is not installed");
        var results = ConformanceRun.Of(ConformanceRun.DebianFolder).ToList();
        var supported = results.Where(result => result.Operators.All(name => OperatorTable.Find(name) is not null)).ToList();
        var refused = supported.Where(result => result.Outcome == ConformanceOutcome.Refused).ToList();
        TestContext.Out.WriteLine(
            $"{results.Count} cases, {supported.Count} of supported operators alone, of which {refused.Count} refused");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(results.Where(result => result.Outcome == ConformanceOutcome.Failed), Is.Empty);
            Assert.That(results, Has.Count.GreaterThan(1000));
            Assert.That(supported.Count - refused.Count, Is.GreaterThanOrEqualTo(250));
            Assert.That(refused.Where(result => !WhatNoNetworkHas().IsMatch(result.Message)), Is.Empty);
            Assert.That(results.Except(supported).Where(result => result.Outcome == ConformanceOutcome.Passed), Is.Empty);
        }
    }

    // Values that are no 32-bit numbers or none at all, training, places of maxima and statistics as outputs; roots, powers and quotients
    // of anything, and ways to resize other than nearest and linear.
    [GeneratedRegex(
        "only constants and square roots|only 2 is supported|values instead of one|only constants are supported there|only roots of|only "
        + "reciprocals of|mode 'cubic'|antialias|'tf_crop_and_resize'|keep_aspect_ratio_policy|no whole size|values of type|training "
        + "mode|nothing of its input is left|has no values|is the same for every input|output 1, '|opset 6")]
    private static partial Regex WhatNoNetworkHas();
}
