using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

public sealed class IntervalOverflowTests
{
    /// <summary>Zero times what has overflowed is any number, and not NaN, which no value lies within.</summary>
    [Test]
    public void AProductThatOverflowsHasBounds([Values(9.9e24f, 1e38f)] float scale)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var builder = new GraphBuilder([1, 1, 1]);
        var scaled = builder.Rescaling(
            "scale",
            builder.Input,
            new Rescaling(tensor(scale).reshape(1, 1, 1), tensor(-0.48f).reshape(1, 1, 1)));
        var graph = builder.Build(
            builder.Relu("last", builder.Flatten("flatten", builder.Product("product", scaled, builder.Relu("relu", scaled)))));
        var set = SemanticSet.Of(new Brightness(-0.6, 0.6));
        using var images = set.Enclose(full(1, 1, 1, 0.5f), [set.Box]);
        using var bounds = new IntervalPropagator().Propagate(graph, images);
        Assert.That(
            bounds.Output.Lower.item<double>() <= 0 && bounds.Output.Upper.item<double>() > 1e37,
            $"{bounds.Output.Lower.item<double>()} {bounds.Output.Upper.item<double>()}");
        Assert.That(bounds.PreActivations.All(node => !node.Lower.isnan().any().item<bool>() && !node.Upper.isnan().any().item<bool>()));
    }
}
