using System.Globalization;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;
using RobustPruning.Graphs;
using RobustPruning.Onnx;
using RobustPruning.Onnx.VnnLib;
using RobustPruning.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace KeypointRobustness.Tests.Commands;

/// <summary>Answers of <c>verify</c> on networks whose reach is known, and on random ones against samples.</summary>
[TestFixture]
internal sealed class VerifyCommandTests
{
    // |x₀| + |x₁| on [-1, 1]²: from 0 to 2, in the output as it is and with its sign turned.
    private const string Declared = """
        (declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real) (declare-const Y_1 Real)
        (assert (and (<= X_0 1) (>= X_0 -1)))

        """;
    private const string Fixed = Declared + "(assert (and (<= X_0 0.1) (>= X_0 0.1) (<= X_1 0.2) (>= X_1 0.2)))\n";
    private const string Whole = Declared + "(assert (and (<= X_1 1) (>= X_1 -1)))\n";

    [TestCase(Whole + "(assert (>= Y_0 2.001))", "unsat")]
    [TestCase(Whole + "(assert (<= Y_0 -0.001))", "unsat")]
    [TestCase(Whole + "(assert (>= Y_0 1.99))", "sat")]
    [TestCase(Whole + "(assert (<= Y_0 0.01))", "sat")]
    [TestCase(Whole + "(assert (<= Y_0 Y_1))", "sat")]
    [TestCase(Whole + "(assert (< Y_0 Y_1))", "unknown")]
    [TestCase(Whole + "(assert (or (< Y_0 Y_1) (and (>= Y_0 0.7) (<= Y_0 0.7001))))", "sat")]
    [TestCase(Whole + "(assert (or (< Y_0 Y_1) (>= Y_0 2.1)))", "unknown")]
    [TestCase(Whole + "(assert (<= (* 1.000000001 Y_0) (* -1.000000002 Y_1)))", "sat")]
    [TestCase(Fixed + "(assert (<= (* 1.000000002 Y_0) (* -1.000000001 Y_1)))", "unsat")]
    [TestCase(Fixed + "(assert (<= (* 1.000000001 Y_0) (* -1.000000002 Y_1)))", "sat")]
    [TestCase(Whole + "(assert (or (and (>= Y_0 3) (<= Y_1 0)) (and (>= Y_0 1) (>= Y_1 -0.5))))", "unsat")]
    [TestCase(Whole + "(assert (or (>= Y_0 3) (and (>= Y_0 1) (<= Y_1 -1.5))))", "sat")]
    [TestCase(Declared + "(assert (or (and (<= X_1 0) (>= X_1 0) (>= Y_0 1.01)) (and (<= X_1 0.1) (>= X_1 0.1) (>= Y_0 1.05))))", "sat")]
    [TestCase(Declared + "(assert (or (and (<= X_1 0) (>= X_1 0) (>= Y_0 1.01)) (and (<= X_1 0.1) (>= X_1 0.1) (>= Y_0 1.11))))", "unsat")]
    [TestCase(Whole + "(assert (>= X_0 2))", "unsat")]
    [TestCase(Whole, "sat")]
    public async Task AKnownReachIsAnswered(string specification, string expected)
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = await Verify(folder, specification, "--timeout", "60");
        Assert.That((code, error), Is.EqualTo((0, "")));
        var lines = output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[0], Is.EqualTo(expected));
        Assert.That(lines, Has.Length.EqualTo(expected == "sat" ? 5 : 1));
        if (expected == "sat")
            RequireCounterexample(string.Concat(lines.Skip(1)), VnnLibSpecification.Parse(specification));
    }

    [Test]
    public async Task AWitnessIsInsideTheBoxAsItIsWritten()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        for (var trial = 0; trial < 12; trial++)
        {
            using var folder = new TemporaryFolder();
            double x = Math.Round((2 * random.NextDouble()) - 1, random.Next(1, 9)),
                width = trial % 2 == 0 ? 0 : Math.Pow(10, -random.Next(1, 18)),
                y = random.NextDouble();

            // The float32 next above this bound has a short decimal, 0.7439017, below it.
            if (trial == 0)
                (x, width) = (0.74390171, 0.01);
            var text = string.Create(CultureInfo.InvariantCulture, $"""
                (declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real) (declare-const Y_1 Real)
                (assert (>= X_0 {(decimal)x})) (assert (<= X_0 {(decimal)x + (decimal)width})) (assert (>= X_1 {(decimal)y})) (assert (<= X_1 {(decimal)y}))
                """);
            var (_, output, _) = await Verify(folder, text);
            var printed = output
                .Split(Environment.NewLine)[1..3]
                .Select(line => decimal.Parse(line.Trim('(', ')', ' ').Split(' ')[1], NumberStyles.Float, CultureInfo.InvariantCulture))
                .ToArray();
            Assert.That(printed[0], Is.InRange((decimal)x, (decimal)x + (decimal)width), text);
            Assert.That(printed[1], Is.EqualTo((decimal)y), text);
        }
    }

    // The network gives |x₀| + |x₁| and its negative.
    [TestCase(new long[] { 1, 2 }, "Y_1", "unsat")]
    [TestCase(new long[] { 1, 2 }, "Y_0", "sat")]
    [TestCase(new long[] { 2, 1, 1 }, "Y_1", "unsat")]
    [TestCase(new long[] { 2, 1, 1 }, "Y_0", "sat")]
    public async Task AnOutputOfAnyShapeIsCountedInRowMajorOrder(long[] shape, string output, string expected)
    {
        using var folder = new TemporaryFolder();
        using (var model = Load(folder))
        {
            var builder = new GraphBuilder([2]);
            OnnxModel.Save(
                builder.Build(builder.Reshape("Y", builder.Module("network", builder.Input, model.Network), shape)),
                folder.File("shaped.onnx"));
        }

        await File.WriteAllTextAsync(folder.File("spec.vnnlib"), Whole + $"(assert (>= {output} 0.5))");
        Assert.That(
            (await Captured.Run(["verify", folder.File("shaped.onnx"), folder.File("spec.vnnlib")])).Output,
            Does.StartWith(expected));
    }

    [TestCase(1.01, "unsat")]
    [TestCase(0.9, "sat")]
    public async Task TheWholeTensorIsOneSampleWhereTheSpecificationIsAboutIt(double limit, string expected)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("rows.onnx"), TwoRows());
        var text =
            string.Concat(Enumerable.Range(0, 4).Select(i => $"(declare-const X_{i} Real)(assert (>= X_{i} 0))(assert (<= X_{i} 1))"))
            + string.Concat(Enumerable.Range(0, 4).Select(j => $"(declare-const Y_{j} Real)"))
            + string.Create(CultureInfo.InvariantCulture, $"(assert (> Y_3 {limit}))");
        await File.WriteAllTextAsync(folder.File("spec.vnnlib"), text);
        Assert.That(
            (await Captured.Run(["verify", folder.File("rows.onnx"), folder.File("spec.vnnlib")])).Output,
            Does.StartWith(expected));
    }

    [Test]
    public async Task BadInputIsOneLineAndExitCodeTwo()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("bad.onnx"), "no model");
        foreach (var (specification, arguments, problem) in new[]
        {
            (Whole + "(assert (<= Y_0 Y_2))", (string[])[], "spec.vnnlib: line 4, column 17"),
            (Declared + "(assert (<= Y_0 Y_1))", [], "X_1 has no lower bound"),
            ("(declare-const X_0 Real)(declare-const Y_0 Real)(assert (<= X_0 1))(assert (>= X_0 1))", [],
                "1 inputs and 1 outputs, but the model has 2 and 2"),
            (Whole, ["--timeout", "0"], "--timeout is 0"),
            (Whole, ["--model", "x"], "--model"),
        })
        {
            var (code, output, error) = await Verify(folder, specification, arguments);
            Assert.That((code, output), Is.EqualTo((2, "")), problem);
            Assert.That(error.Trim(), Does.StartWith("error: ").And.Contains(problem).And.Not.Contains("\n"));
        }

        foreach (var (model, spec) in new[] { ("bad.onnx", "spec.vnnlib"), ("none.onnx", "spec.vnnlib"), ("model.onnx", "none.vnnlib") })
            Assert.That((await Captured.Run(["verify", folder.File(model), folder.File(spec)])).Code, Is.EqualTo(2), $"{model} {spec}");
    }

    [Test]
    public void TimeThatIsOverIsATimeout()
    {
        using var folder = new TemporaryFolder();
        using var model = Load(folder);
        var answer = new VerificationRun(TimeSpan.FromTicks(1)).Verify(
            model,
            VnnLibSpecification.Parse(Whole + "(assert (>= Y_0 3))"),
            CancellationToken.None);
        Assert.That(answer.ToString(), Is.EqualTo("timeout"));
    }

    [Test]
    public void NoTensorIsLeftBehind()
    {
        using var folder = new TemporaryFolder();
        using var model = Load(folder);
        foreach (var last in new[] { "(assert (>= Y_0 2.001))", "(assert (>= Y_0 1.99))" })
        {
            var specification = VnnLibSpecification.Parse(Whole + last);

            // A layer of the constraints, and the frozen copy of the network and of this layer.
            var made = 2 + model.Graph.Nodes.Sum(node => node.Module?.parameters().Count() ?? 0);
            Assert.That(
                LiveTensors.Growth(
                    3,
                    () => new VerificationRun(TimeSpan.FromSeconds(60)).Verify(model, specification, CancellationToken.None),
                    made),
                Is.LessThanOrEqualTo(0));
        }
    }

    [Test]
    public void OnRandomNetworksUnsatIsNeverReachedAndSatIsConfirmed()
    {
        var seed = FreshSeedsAttribute.Current;
        var counts = new Dictionary<VerificationOutcome, int>();
        for (var number = 0; number < 12; number++)
        {
            using var folder = new TemporaryFolder();
            using var scope = NewDisposeScope();
            var random = new Random(unchecked(seed + number));
            manual_seed(unchecked(seed + number));
            using var network = nn.Sequential(
                ("in", nn.Linear(4, 10)), ("relu", nn.ReLU()), ("hidden", nn.Linear(10, 10)), ("tanh", nn.Tanh()),
                ("out", nn.Linear(10, 3)));
            OnnxModel.Save(Graph.Of(network, 4), folder.File("model.onnx"));
            using var model = OnnxModel.Load(folder.File("model.onnx"));
            double[] lower = [.. Enumerable.Range(0, 4).Select(_ => random.NextDouble() - 1)],
                upper = [.. lower.Select(low => low + random.NextDouble())];
            Tensor low = tensor(lower), high = tensor(upper), inputs = (low + (rand(20000, 4, dtype: float64) * (high - low))).to(float32);
            double[][] outputs = [.. model.Graph.Forward(inputs).detach().to(float64).flatten().data<double>().ToArray().Chunk(3)];

            // The first output above the others, by a little more or less than what is sampled.
            var greatest = outputs.Max(y => y[0] - Math.Max(y[1], y[2]));
            var margin = greatest + (number % 2 == 0 ? 0.05 : -0.05);
            var text = string.Create(CultureInfo.InvariantCulture, $"""
                {string.Concat(Enumerable.Range(0, 4).Select(i => $"(declare-const X_{i} Real)"))}{string.Concat(Enumerable.Range(0, 3).Select(i => $"(declare-const Y_{i} Real)"))}
                {string.Concat(Enumerable.Range(0, 4).Select(i => string.Create(CultureInfo.InvariantCulture, $"(assert (>= X_{i} {lower[i]}))(assert (<= X_{i} {upper[i]}))\n")))}
                (assert (and (>= (- Y_0 Y_1) {margin}) (>= Y_0 (+ Y_2 {margin}))))
                """);
            var specification = VnnLibSpecification.Parse(text);
            var answer = new VerificationRun(TimeSpan.FromSeconds(20)).Verify(model, specification, CancellationToken.None);
            counts[answer.Outcome] = counts.GetValueOrDefault(answer.Outcome) + 1;
            if (answer.Outcome == VerificationOutcome.Unsat)
                Assert.That(greatest, Is.LessThan(margin), text);
            if (number % 2 == 1)
                Assert.That(answer.Outcome, Is.EqualTo(VerificationOutcome.Sat), text);
            if (answer.Outcome == VerificationOutcome.Sat)
            {
                double[] again = model
                    .Graph.Forward(tensor(answer.Inputs!.ToArray(), [1, 4], dtype: float32))
                    .detach()
                    .to(float64)
                    .flatten()
                    .data<double>()
                    .ToArray();
                Assert.That(specification.IsUnsafe(answer.Inputs!, again), Is.True);
                Assert.That(answer.Outputs, Is.EqualTo(again));
            }
        }

        TestContext.Out.WriteLine(string.Join(", ", counts));
        Assert.That(counts.GetValueOrDefault(VerificationOutcome.Unsat), Is.GreaterThan(2));
    }

    /// <summary>The printed numbers lie in the box, are answered as printed, and are unsafe.</summary>
    private static void RequireCounterexample(string printed, VnnLibSpecification specification)
    {
        var entries = printed.Trim('(', ')').Split(") (", StringSplitOptions.TrimEntries);
        var values = entries.Select(entry => double.Parse(entry.Split(' ')[1], CultureInfo.InvariantCulture)).ToArray();
        Assert.That(entries.Select(entry => entry.Split(' ')[0]), Is.EqualTo(new[] { "X_0", "X_1", "Y_0", "Y_1" }));
        var sum = Math.Abs(values[0]) + Math.Abs(values[1]);
        Assert.That(values[2..], Is.EqualTo(new[] { sum, -sum }).Within(1e-6));
        Assert.That(specification.IsUnsafe(values[..2], [(float)values[2], (float)values[3]]), Is.True);
    }

    // A ReLU of a tensor [2, 2], in protobuf by hand: model { ir 8, graph { node { X -> Y, Relu }, input X, output Y }, opset 17 }.
    private static byte[] TwoRows()
    {
        byte[] node = [0x0A, 1, (byte)'X', 0x12, 1, (byte)'Y', 0x22, 4, .. "Relu"u8];
        byte[] graph = [0x0A, (byte)node.Length, .. node, .. Value(0x5A, 'X'), .. Value(0x62, 'Y')];
        return [0x08, 8, 0x3A, (byte)graph.Length, .. graph, 0x42, 4, 0x0A, 0, 0x10, 17];

        static byte[] Value(byte field, char name)
        {
            byte[] shape = [0x0A, 2, 0x08, 2, 0x0A, 2, 0x08, 2],
                tensor = [0x08, 1, 0x12, (byte)shape.Length, .. shape],
                type = [0x0A, (byte)tensor.Length, .. tensor];
            byte[] value = [0x0A, 1, (byte)name, 0x12, (byte)type.Length, .. type];
            return [field, (byte)value.Length, .. value];
        }
    }

    private static OnnxModel Load(TemporaryFolder folder)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = nn.Sequential(
            ("in", nn.Linear(2, 4, hasBias: false)),
            ("relu", nn.ReLU()),
            ("out", nn.Linear(4, 2, hasBias: false)));
        ((TorchSharp.Modules.Linear)network[0]).weight.copy_(tensor(new float[] { 1, 0, -1, 0, 0, 1, 0, -1 }).reshape(4, 2));
        ((TorchSharp.Modules.Linear)network[2]).weight.copy_(tensor(new float[] { 1, 1, 1, 1, -1, -1, -1, -1 }).reshape(2, 4));
        OnnxModel.Save(Graph.Of(network, 2), folder.File("model.onnx"));
        return OnnxModel.Load(folder.File("model.onnx"));
    }

    private static async Task<(int Code, string Output, string Error)> Verify(
        TemporaryFolder folder,
        string specification,
        params string[] more)
    {
        Load(folder).Dispose();
        await File.WriteAllTextAsync(folder.File("spec.vnnlib"), specification);
        return await Captured.Run(["verify", folder.File("model.onnx"), folder.File("spec.vnnlib"), .. more]);
    }
}
