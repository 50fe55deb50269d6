using RobustPruning.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>
/// Modules that are read as nodes: the graph gives what the module gives, in both types of numbers, and so does a copy from its
/// descriptions.
/// </summary>
public sealed class ModuleKindTests
{
    private static IEnumerable<TestCaseData> Modules()
    {
        yield return Case("SiLU", nn.SiLU(), 3, 4, 4);
        yield return Case("GELU", nn.GELU(), 3, 4, 4);
        yield return Case("GELU by a tanh", nn.GELU(GELU.Approximate.tanh), 5);
        yield return Case("Hardswish", nn.Hardswish(), 5);
        yield return Case("GroupNorm", nn.GroupNorm(2, 4), 4, 3, 3);
        yield return Case("GroupNorm of one group", nn.GroupNorm(1, 3), 3, 2, 5);
        yield return Case("GroupNorm of each channel", nn.GroupNorm(3, 3), 3, 2, 5);
        yield return Case("GroupNorm without weights", nn.GroupNorm(2, 4, affine: false), 4, 3, 3);
        yield return Case("LayerNorm of a vector", nn.LayerNorm(6), 6);
        yield return Case("LayerNorm without a bias", nn.LayerNorm(6, bias: false), 6);
        yield return Case("LayerNorm of rows", nn.LayerNorm(5), 3, 2, 5);
        yield return Case("LayerNorm of maps", nn.LayerNorm([3, 2, 5]), 3, 2, 5);
        yield return Case("BatchNorm1d", nn.BatchNorm1d(6), 6);
        yield return Case("Softmax", nn.Softmax(1), 6);
        yield return Case("Softmax along channels", nn.Softmax(1), 3, 4, 2);
        yield return Case("Softmax along columns", nn.Softmax(-1), 3, 4, 2);
        yield return Case("ConvTranspose2d", nn.ConvTranspose2d(3, 4, (3, 2), (2, 2), (1, 0), (1, 1)), 3, 4, 5);
        yield return Case(
            "ConvTranspose2d with a dilation",
            nn.ConvTranspose2d(2, 3, (3, 3), (2, 2), dilation: (2, 1), bias: false),
            2,
            3,
            3);
    }

    [TestCaseSource(nameof(Modules))]
    public void TheGraphGivesWhatTheModuleGives(nn.Module<Tensor, Tensor> module, long[] shape)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var parameter in module.parameters())
            parameter.normal_();
        if (module is NormBase { running_mean: { } mean, running_var: { } variance })
        {
            mean.normal_();
            variance.uniform_(0.5, 2);
        }

        module.eval();
        foreach (var type in new[] { float32, float64 })
        {
            module.to(type);
            var graph = Graph.Of(module, shape);
            var input = randn([3, .. shape], dtype: type);
            var expected = module.call(input);
            var tolerance = (type == float32 || !module.parameters().Any() ? 2e-5 : 1e-12) * (1 + expected.Numbers().Max(Math.Abs));
            Assert.That(TensorValues.Gap(graph.Forward(input), expected), Is.LessThan(tolerance));
            using var copy = GraphModule.FromDescriptions([.. graph.Nodes.Select(node => node.Description)]);
            copy.to(type);
            foreach (var (node, other) in graph.Nodes.Zip(copy.Graph.Nodes).Where(pair => pair.First.Module is not null))
                WeightCopy.All(node.Module!, other.Module!);
            copy.eval();
            Assert.That(TensorValues.Gap(copy.forward(input), expected), Is.LessThan(tolerance));

            // The affine forms say the same.
            foreach (var affine in graph.Nodes.OfType<AffineNode>())
            {
                var x = randn([2, .. affine.Input.Shape], dtype: type);
                Assert.That(TensorValues.Gap(affine.Affine(x), affine.Forward([x])), Is.LessThan(tolerance * 10));
            }
        }
    }

    [Test]
    public void ARootOfWhatMayBeNegativeIsRefused()
    {
        var builder = new GraphBuilder([3]);
        Assert.That(
            () => builder.Function("root", builder.Input, ScalarFunction.SquareRoot, 1),
            Throws.TypeOf<GraphException>().With.Message.Contains("may be negative"));
        Assert.That(
            () => builder.Function("root", builder.Relu("relu", builder.Input), ScalarFunction.SquareRoot),
            Throws.TypeOf<GraphException>().With.Message.Contains("not positive"));
        Assert.That(
            () => builder.Function("silu", builder.Input, ScalarFunction.Silu, 1),
            Throws.TypeOf<GraphException>().With.Message.Contains("no meaning"));
    }

    private static TestCaseData Case(string name, nn.Module<Tensor, Tensor> module, params long[] shape) =>
        new TestCaseData(module, shape).SetArgDisplayNames(name);
}
