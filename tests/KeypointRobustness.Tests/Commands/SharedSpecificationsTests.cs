namespace KeypointRobustness.Tests.Commands;

/// <summary>VNN-LIB specifications on which <c>verify</c> once went wrong; skipped where ../shared is absent.</summary>
[TestFixture]
internal sealed class SharedSpecificationsTests
{
    [TestCase("onnx/mapout.onnx", "mapout.vnnlib", "unsat")]
    [TestCase("onnx/mapout.onnx", "mapout_sat.vnnlib", "sat")]
    [TestCase("onnx/k2.onnx", "k2.vnnlib", "unsat")]
    [TestCase("vnnlib/rows.onnx", "rows.vnnlib", "sat")]
    [TestCase("vnnlib/abs2.onnx", "const01_noout.vnnlib", "sat")]
    public async Task TheAnswerIsRight(string network, string specification, string answer)
    {
        var cases = SharedFolder.Find("cases");
        var (code, output, error) = await Captured.Run(
            ["verify", Path.Combine(cases, network), Path.Combine(cases, "vnnlib", specification), "--quiet"]);
        Assert.That((code, output.Split('\n')[0].Trim()), Is.EqualTo((0, answer)), error);

        // The box of this one is a point that no binary number hits: the witness is printed as the specification has it.
        if (specification == "const01_noout.vnnlib")
            Assert.That(output, Does.Contain("(X_0 0.1)").And.Contain("(X_1 -0.3)"));
    }
}
