using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>Where branches meet, what they have in common cancels, however its symbols are stored.</summary>
public sealed class BranchBoundsTests
{
    private static readonly SemanticIntervalPropagator All = new(SymbolBudget.All, outward: false);

    /// <summary>Each makes x − x, or ways round to it, of a value whose symbols lie in one kind of storage.</summary>
    private static IEnumerable<TestCaseData> Differences()
    {
        yield return Case("newborn", (builder, x) => builder.Addition("add", x, Negated(builder, x)));
        yield return Case(
            "newborn, three terms",
            (builder, x) => builder.Addition("add", x, Scaled(builder, x, -0.5, "a"), Scaled(builder, x, -0.5, "b")));
        yield return Case("windows", (builder, x) =>
        {
            var wide = Wide(builder, x);
            return builder.Addition("add", wide, Negated(builder, wide));
        });
        yield return Case("windows of several sizes", (builder, x) =>
        {
            // conv(x) + shortcut(x) − shortcut(x) − conv(x), met in another order.
            GraphNode wide = Wide(builder, x), narrow = Scaled(builder, x, 0.7, "narrow");
            var all = builder.Addition("all", narrow, wide);
            return builder.Addition("add", all, Negated(builder, wide), Scaled(builder, narrow, -1, "back"));
        });
        yield return Case("windows after steps", (builder, x) =>
        {
            var wide = Wide(builder, x);
            return builder.Addition("add", Scaled(builder, wide, 1, "left", 2), Scaled(builder, wide, -1, "right", 2));
        });
        yield return Case("windows of a depthwise convolution", (builder, x) =>
        {
            var wide = builder.Convolution("depthwise", x, nn.Conv2d(2, 4, 3L, padding: 1, groups: 2));
            return builder.Addition("add", Scaled(builder, wide, 1, "left"), Scaled(builder, wide, -1, "right"));
        });
        yield return Case("windows after a flatten", (builder, x) =>
        {
            var wide = Wide(builder, x);
            return builder.Addition("add", builder.Flatten("left", wide), builder.Flatten("right", Negated(builder, wide)));
        });
        yield return Case("newborn after a flatten", (builder, x) =>
            builder.Addition("add", builder.Flatten("left", x), builder.Flatten("right", Negated(builder, x))));
        yield return Case("dense after a linear layer", (builder, x) =>
        {
            var hidden = builder.Relu("hidden", builder.Linear("fc", builder.Flatten("flatten", x), nn.Linear(72, 6)));
            return builder.Addition("add", hidden, builder.Linear("minus", hidden, Scaling(6, -1)));
        });
        yield return Case("a linear layer and a flatten", (builder, x) =>
        {
            var flat = builder.Flatten("flatten", Wide(builder, x));
            return builder.Addition("add", builder.Linear("minus", flat, Scaling(72, -1)), flat);
        });
        yield return Case("joined maps", (builder, x) =>
        {
            var wide = Wide(builder, x);
            return builder.Convolution(
                "sum",
                builder.Concatenation("cat", wide, x, Negated(builder, wide), Scaled(builder, x, -1, "minus x")),
                Summing(2, 4));
        });
        yield return Case("joined vectors", (builder, x) =>
        {
            var flat = builder.Flatten("flatten", Wide(builder, x));
            var minus = builder.Linear("minus", builder.Flatten("again", x), Scaling(72, -1));
            return builder.Linear(
                "sum",
                builder.Concatenation("cat", flat, builder.Flatten("x", x), builder.Linear("minus flat", flat, Scaling(72, -1)), minus),
                Adding(72, 4));
        });
        yield return Case(
            "pooled",
            (builder, x) =>
                builder.Addition(
                    "add",
                    builder.MaxPool("max", x, nn.MaxPool2d(1L, stride: 2)),
                    builder.AveragePool("minus", Negated(builder, x), nn.AvgPool2d(1L, stride: 2))));
        yield return Case("averaged over the map", (builder, x) =>
        {
            var wide = Wide(builder, x);
            return builder.Addition("add", builder.AdaptiveAveragePool("mean", wide, nn.AdaptiveAvgPool2d(1)),
                builder.AveragePool("minus", Negated(builder, wide), nn.AvgPool2d(6L)));
        });

        static TestCaseData Case(string name, Func<GraphBuilder, GraphNode, GraphNode> difference) =>
            new TestCaseData(difference).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Differences))]
    public void ADifferenceWithItselfHasNoWidth(Func<GraphBuilder, GraphNode, GraphNode> difference)
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([1, 6, 6]);
        var convolution = nn.Conv2d(1, 2, 3L, padding: 1);
        var unstable = builder.Relu("relu", builder.Convolution("conv", builder.Input, convolution));
        using var network = new GraphModule(builder.Build(difference(builder, unstable)));
        var set = SemanticSet.Of(new Brightness(-0.5, 0.5), new Contrast(-0.5, 0.5));
        var image = rand(1, 6, 6);

        // At θ = 0 one neuron of each channel is 0, so that it is unstable.
        convolution.bias!.Set(0, 0);
        convolution.bias!.Set((-convolution.forward(image.unsqueeze(0))[0, TensorIndex.Colon, 2, 3]).Numbers());
        using var images = set.Enclose(image, [.. set.Box.Grid(2), set.Box]);
        using var bounds = All.Propagate(network.Graph, images);
        Assert.That(bounds.PreActivations[0].Unstable(), Is.GreaterThan(0), "there is something to cancel");
        Assert.That(bounds.Output.Lower.Numbers(), Is.All.EqualTo(0).Within(1e-5));
        Assert.That(bounds.Output.Upper.Numbers(), Is.All.EqualTo(0).Within(1e-5));
    }

    [Test]
    public void SemanticGeneratorsCancelWithoutAnySymbol()
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([1, 2, 2]);
        using var network = new GraphModule(builder.Build(builder.Addition("add", builder.Input, Negated(builder, builder.Input))));
        var set = SemanticSet.Of(new Brightness(-0.2, 0.2)).WithoutClip();
        using var images = set.Enclose(rand(1, 2, 2), set.Box);
        using var bounds = new SemanticIntervalPropagator(SymbolBudget.None).Propagate(network.Graph, images);
        Assert.That(bounds.Output.Upper.Numbers(), Is.All.EqualTo(0).Within(1e-7));
        using var intervals = new IntervalPropagator().Propagate(network.Graph, images);
        Assert.That(intervals.Output.Upper.Numbers(), Is.All.EqualTo(0.4).Within(1e-6), "intervals forget");
    }

    private static GraphNode Wide(GraphBuilder builder, GraphNode x) => builder.Convolution("wide", x, nn.Conv2d(2, 2, 3L, padding: 1));

    private static GraphNode Negated(GraphBuilder builder, GraphNode x) => Scaled(builder, x, -1, $"minus {x.Name}");

    /// <summary>Each channel times a factor.</summary>
    private static GraphNode Scaled(GraphBuilder builder, GraphNode x, double factor, string name, long stride = 1)
    {
        var module = nn.Conv2d(x.Channels, x.Channels, 1L, stride: stride, bias: false);
        module.weight.Set([.. Identity((int)x.Channels, factor)]);
        return builder.Convolution(name, x, module);
    }

    private static Linear Scaling(int features, double factor)
    {
        var module = nn.Linear(features, features, hasBias: false);
        module.weight.Set([.. Identity(features, factor)]);
        return module;
    }

    /// <summary>A convolution that adds as many groups of channels.</summary>
    private static Conv2d Summing(int channels, int groups)
    {
        var module = nn.Conv2d(channels * groups, channels, 1L, bias: false);
        module.weight.Set([.. Repeated(channels, groups)]);
        return module;
    }

    private static Linear Adding(int features, int groups)
    {
        var module = nn.Linear(features * groups, features, hasBias: false);
        module.weight.Set([.. Repeated(features, groups)]);
        return module;
    }

    private static IEnumerable<double> Identity(int size, double factor) =>
        from row in Enumerable.Range(0, size) from column in Enumerable.Range(0, size) select row == column ? factor : 0;

    private static IEnumerable<double> Repeated(int size, int groups) =>
        from row in Enumerable.Range(0, size) from column in Enumerable.Range(0, size * groups) select row == column % size ? 1.0 : 0;
}
