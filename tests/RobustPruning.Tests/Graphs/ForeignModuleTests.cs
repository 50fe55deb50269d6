using RobustPruning.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>Modules with a <c>forward</c> of their own: their declaration is checked against it.</summary>
public sealed class ForeignModuleTests
{
    private static IEnumerable<TestCaseData> Lies()
    {
        yield return Case("differ by up to", (gate, x) => gate.Mix(x) + 1e-2);
        yield return Case("differ by up to", (gate, x) => gate.Mix(x) * (1 + 1e-3));
        yield return Case("differ by up to", (gate, x) => gate.Mix(x).tanh());
        yield return Case("differ by up to", (gate, x) => gate.Mix(x) - gate.Mix(x).mean([0], keepdim: true));
        yield return Case("differ by up to", (gate, x) => gate.Mix(x) / zeros(1));
        yield return Case("differ by up to NaN", (gate, x) => gate.Mix(x) * double.NaN);
        yield return Case(
            "forward gives [3], but the nodes that it declares give [2]",
            (gate, x) => cat([gate.Mix(x), x.narrow(1, 0, 1)], 1));
        yield return Case("forward fails on random inputs [3, 4]. odd", (_, _) => throw new InvalidOperationException("odd"));

        static TestCaseData Case(string problem, Func<Gate, Tensor, Tensor> forward) =>
            new TestCaseData(forward, problem).SetArgDisplayNames(problem);
    }

    [Test]
    public void ATrueDeclarationIsTaken()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("gate", new Gate((gate, x) => gate.Mix(x))), ("fc", nn.Linear(2, 2)));
        var graph = Graph.Of(network, 4);
        Assert.That(
            graph.Nodes.Select(node => node.Name),
            Is.EqualTo(new[] { "input", "gate.left", "gate.right", "gate.sigmoid", "gate.relu", "gate.sum", "fc" }));
        var input = randn(5, 4);
        Assert.That(TensorValues.Gap(graph.Forward(input), network.forward(input)), Is.LessThan(1e-6));
        using var alone = new Gate((gate, x) => gate.Mix(x));
        Assert.That(Graph.Of(alone, 4).Output.Name, Is.EqualTo("sum"));
    }

    [TestCaseSource(nameof(Lies))]
    public void AnotherForwardIsRefusedByName(Func<Gate, Tensor, Tensor> forward, string problem)
    {
        using var gate = new Gate(forward);
        using var network = nn.Sequential(("chain", nn.Sequential(("gate", gate))));
        Assert.That(() => Graph.Of(network, 4), Throws.TypeOf<GraphException>()
            .With.Property("Layer").EqualTo("chain.gate").And.Message.Contains(problem));
        Assert.That(() => Graph.Of(gate, 4), Throws.TypeOf<GraphException>().With.Property("Layer").EqualTo("gate"));
    }

    [Test]
    public void TheGreatestDifferenceIsTold()
    {
        using var gate = new Gate((gate, x) => gate.Mix(x) + 0.25);
        Assert.That(() => Graph.Of(gate, 4), Throws.TypeOf<GraphException>().With.Message.Contains("differ by up to 0.25 "));
    }

    [Test]
    public void AWeightThatNoNodeUsesIsRefusedEvenIfItCountsForNothing()
    {
        using var gate = new Gate((gate, x) => gate.Mix(x) + (gate.extra!.forward(x) * 0)) { extra = nn.Linear(4, 2) };
        gate.Register();
        Assert.That(() => Graph.Of(gate, 4), Throws.TypeOf<GraphException>()
            .With.Message.EqualTo("Layer 'gate': its 'extra.weight' is used by none of the nodes that it declares."));
    }

    [Test]
    public void ItIsCheckedInEvaluationModeAndEveryModeIsRestored()
    {
        // A mode each: a frozen layer inside a module in training is usual.
        using var module = new Noisy();
        module.train();
        module.frozen.eval();
        Graph.Of(module, 1, 3, 3);
        Assert.That((module.training, module.frozen.training, module.live.training), Is.EqualTo((true, false, true)));
        Assert.That(module.live.running_mean!.Numbers(), Is.All.Zero, "no statistics moved");
        Assert.That(module.Modes, Is.Not.Empty.And.All.False);

        module.Broken = true;
        Assert.That(() => Graph.Of(module, 1, 3, 3), Throws.TypeOf<GraphException>());
        Assert.That((module.training, module.frozen.training, module.live.training), Is.EqualTo((true, false, true)));
    }

    [Test]
    public void TorchsGeneratorStaysAsItIsAndTheCheckIsTheSameEveryTime()
    {
        using var scope = NewDisposeScope();
        var seen = new List<double[]>();
        using var gate = new Gate((gate, x) =>
        {
            seen.Add(x.Numbers());
            return gate.Mix(x);
        });
        manual_seed(5);
        var expected = rand(4).Numbers();
        manual_seed(5);
        Graph.Of(gate, 4);
        Assert.That(rand(4).Numbers(), Is.EqualTo(expected));
        Graph.Of(gate, 4);
        Assert.That(seen[2..], Is.EqualTo(seen[..2]));
    }

    [Test]
    public void ItIsCheckedInItsOwnTypeOfNumbersAndLeaksNothing()
    {
        using var gate = new Gate((gate, x) => gate.Mix(x));
        gate.to(float64);
        Assert.That(LiveTensors.Growth(20, () => Graph.Of(gate, 4)), Is.LessThanOrEqualTo(0));
        using var liar = new Gate((gate, x) => gate.Mix(x) + 1);
        Assert.That(
            LiveTensors.Growth(20, () => Assert.That(() => Graph.Of(liar, 4), Throws.TypeOf<GraphException>())),
            Is.LessThanOrEqualTo(0));
    }

    [Test]
    public void AModuleThatWorksInPlaceIsTaken()
    {
        using var module = new InPlace();
        Assert.That(() => Graph.Of(module, 3), Throws.Nothing);
    }

    /// <summary>sigmoid(left x) + relu(right x), from [4] to [2], or something else.</summary>
    public sealed class Gate : nn.Module<Tensor, Tensor>, IDeclaresNodes
    {
        public Linear? extra;
        private readonly Linear _left = nn.Linear(4, 2);
        private readonly Linear _right = nn.Linear(4, 2);
        private readonly Func<Gate, Tensor, Tensor> _forward;

        public Gate(Func<Gate, Tensor, Tensor> forward)
            : base("gate")
        {
            _forward = forward;
            RegisterComponents();
        }

        public void Register() => register_module("extra", extra!);

        public Tensor Mix(Tensor x) => _left.forward(x).sigmoid() + _right.forward(x).relu();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return _forward(this, input).MoveToOuterDisposeScope();
        }

        public GraphNode Declare(GraphBuilder builder, GraphNode input)
        {
            GraphNode left = builder.Linear("left", input, _left), right = builder.Linear("right", input, _right);
            return builder.Addition("sum", builder.Sigmoid("sigmoid", left), builder.Relu("relu", right));
        }
    }

    private sealed class Noisy : nn.Module<Tensor, Tensor>, IDeclaresNodes
    {
        public readonly BatchNorm2d frozen = nn.BatchNorm2d(1);
        public readonly BatchNorm2d live = nn.BatchNorm2d(1);

        public Noisy()
            : base("noisy") => RegisterComponents();

        public bool Broken { get; set; }

        public List<bool> Modes { get; } = [];

        public override Tensor forward(Tensor input)
        {
            Modes.Add(training || live.training || frozen.training);
            var output = live.forward(frozen.forward(input));
            return Broken ? output + 1 : output;
        }

        public GraphNode Declare(GraphBuilder builder, GraphNode input) =>
            builder.BatchNormalization("live", builder.BatchNormalization("frozen", input, frozen), live);
    }

    private sealed class InPlace() : nn.Module<Tensor, Tensor>("in place"), IDeclaresNodes
    {
        public override Tensor forward(Tensor input) => input.relu_();

        public GraphNode Declare(GraphBuilder builder, GraphNode input) => builder.Relu("relu", input);
    }
}
