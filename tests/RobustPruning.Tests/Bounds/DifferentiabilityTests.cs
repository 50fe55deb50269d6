using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>The bounds' gradient in the weights, as a training loss needs it.</summary>
public sealed class DifferentiabilityTests
{
    [Test]
    public void WidthsGradientInTheWeightsEqualsFiniteDifferences([Values("interval", "none", "all")] string name)
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(1, 2, 2L, dtype: float64);
        using var network = nn.Sequential(
            ("conv", convolution), ("relu", nn.ReLU()), ("flatten", nn.Flatten()), ("fc", nn.Linear(8, 2, dtype: float64)));
        CheckGradient(Graph.Of(network, 1, 3, 3), convolution.weight, name);
    }

    [Test]
    public void SoItDoesThroughEveryOtherLayer([Values("interval", "none", "all")] string name)
    {
        manual_seed(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(1, 2, 2L, dtype: float64);
        var builder = new GraphBuilder([1, 5, 5]);
        var first = builder.Sigmoid("sigmoid", builder.Convolution("conv", builder.Input, convolution));
        var second = builder.LeakyRelu("leaky", builder.Convolution("conv2", first, nn.Conv2d(2, 2, 3L, padding: 1, dtype: float64)), -0.2);
        var joined = builder.Concatenation("cat", builder.Addition("add", first, builder.Tanh("tanh", second)), first);
        var pooled = builder.AdaptiveAveragePool("mean", builder.MaxPool("max", joined, nn.MaxPool2d(2L)), nn.AdaptiveAvgPool2d(1));
        using var network = new GraphModule(builder.Build(builder.Flatten("flatten", pooled)));
        CheckGradient(network.Graph, convolution.weight, name);
    }

    private static void CheckGradient(Graph graph, Tensor parameter, string name)
    {
        IBoundPropagator domain = name == "interval" ? new IntervalPropagator()
            : new SemanticIntervalPropagator(name == "none" ? SymbolBudget.None : SymbolBudget.All);
        var set = SemanticSet.Of(new Brightness(-0.3, 0.3), new Contrast(-0.2, 0.2));
        using var images = set.Enclose(rand([.. graph.Input.Shape], dtype: float64), set.Box);

        using (var bounds = domain.Propagate(graph, images))
            (bounds.Output.Upper - bounds.Output.Lower).sum().backward();
        var weight = parameter.Numbers();
        var expected = FiniteDifference.Gradient(Width, weight, 1e-8);
        Assert.That(parameter.grad!.Numbers(), Is.EqualTo(expected).Within(1e-5));

        double Width(double[] at)
        {
            using var noGradient = no_grad();
            parameter.Set(at);
            using var bounds = domain.Propagate(graph, images);
            return (bounds.Output.Upper - bounds.Output.Lower).sum().item<double>();
        }
    }
}
