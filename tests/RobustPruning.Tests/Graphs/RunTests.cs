using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

public sealed class RunTests
{
    [Test]
    public void KeepsWhatIsAskedAndNothingElse()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("a", nn.Linear(2, 2)), ("relu", nn.ReLU()), ("b", nn.Linear(2, 1)));
        var graph = Graph.Of(network, 2);
        var input = tensor(new[,] { { 1f, -2f } });
        var kept = graph.Run(input, [graph.Nodes[0], graph.Nodes[1]]);
        Assert.That(kept.Keys, Is.EquivalentTo(new[] { graph.Nodes[0], graph.Nodes[1] }));
        Assert.That(kept[graph.Input].Numbers(), Is.EqualTo(new[] { 1.0, -2.0 }));
        Assert.That(
            TensorValues.Gap(
                kept[graph.Nodes[1]],
                network.children().First() is nn.Module<Tensor, Tensor> first ? first.call(input) : input),
            Is.Zero);
    }

    [Test]
    public void AnInputThatEntersARectifierIsAPreActivation()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("relu", nn.ReLU()), ("fc", nn.Linear(2, 1)));
        var graph = Graph.Of(network, 2);
        var input = randn(3, 2);
        Assert.That(graph.PreActivations, Is.EqualTo(new[] { graph.Input }));
        Assert.That(TensorValues.Gap(graph.Run(input, [.. graph.PreActivations])[graph.Input], input), Is.Zero);
    }

    [Test]
    public void NothingLeaksOver2000Runs()
    {
        using var network = nn.Sequential(("conv", nn.Conv2d(1, 2, 2L)), ("bn", nn.BatchNorm2d(2)), ("relu", nn.ReLU()),
            ("pool", nn.AvgPool2d(2L)), ("flatten", nn.Flatten()), ("fc", nn.Linear(2, 2)));
        var graph = Graph.Of(network, 1, 3, 3);
        using var images = rand(2, 1, 3, 3);
        Assert.That(LiveTensors.Growth(2000, () =>
        {
            using var output = graph.Forward(images);
        }), Is.LessThanOrEqualTo(0));
    }

    [Test]
    public void AFailedRunLeaksNothing()
    {
        // The second layer has other numbers than the first hands it.
        using var network = nn.Sequential(("first", nn.Linear(2, 2)), ("second", nn.Linear(2, 2, dtype: float64)));
        var graph = Graph.Of(network, 2);
        using var images = zeros(1, 2);
        Assert.That(LiveTensors.Growth(50, () => Assert.That(() => graph.Forward(images), Throws.Exception)), Is.LessThanOrEqualTo(0));
    }

    [Test]
    public void HooksOfTheModulesFire()
    {
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(1, 1, 1L);
        var calls = 0;
        convolution.register_forward_hook((_, _, output) =>
        {
            calls++;
            return output;
        });
        using var network = nn.Sequential(("conv", convolution));
        _ = Graph.Of(network, 1, 2, 2).Forward(zeros(1, 1, 2, 2));
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public void GradientsReachTheWeights()
    {
        using var scope = NewDisposeScope();
        using var linear = nn.Linear(2, 1);
        using var network = nn.Sequential(("fc", linear));
        Graph.Of(network, 2).Forward(tensor(new[,] { { 3f, 5f } })).sum().backward();
        Assert.That(linear.weight.grad!.Numbers(), Is.EqualTo(new[] { 3.0, 5.0 }));
    }
}
