using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>More symbols, tighter bounds; and one box at a time gives what a batch gives.</summary>
public sealed class DomainOrderTests
{
    private static readonly SemanticIntervalPropagator None = new(SymbolBudget.None, outward: false),
        Some = new(new SymbolBudget(20), outward: false),
        All = new(SymbolBudget.All, outward: false);

    [Test]
    public void WidthsFallWithTheBudgetOnAverage()
    {
        var sums = new double[4];
        Each(30, random => random.PlainSet(), (graph, set, image, boxes) =>
        {
            IBoundPropagator[] domains = [new IntervalPropagator(outward: false), None, Some, All];
            using var images = set.Enclose(image, boxes);

            // Each case that moves counts alike, whatever the size of its outputs.
            var widths = domains.Select(domain => Width(domain, graph, images)).ToList();
            for (var index = 0; index < sums.Length && widths[0] > 1e-3; index++)
                sums[index] += widths[index] / widths[0];
        });
        TestContext.Out.WriteLine(string.Join(", ", sums));
        Assert.That(sums[0], Is.GreaterThan(8), "many networks move");
        Assert.That(sums, Is.Ordered.Descending);
        Assert.That(sums[3], Is.LessThan(0.9 * sums[0]));
    }

    [Test]
    public void ABatchOfBoxesGivesWhatSingleBoxesGive() => Each(20, random => random.Set(), (graph, set, image, boxes) =>
    {
        foreach (IBoundPropagator domain in (IBoundPropagator[])[new IntervalPropagator(outward: false), None, All])
        {
            using var images = set.Enclose(image, boxes);
            using var together = domain.Propagate(graph, images);
            for (var box = 0; box < boxes.Length; box++)
            {
                using var one = set.Enclose(image, boxes[box]);
                using var alone = domain.Propagate(graph, one);
                foreach (var (many, single) in together.PreActivations.Append(
                    together.Output).Zip(alone.PreActivations.Append(alone.Output)))
                {
                    var scale = 1e-5 * (1 + single.Upper.abs().maximum(single.Lower.abs()).max().to(float64).item<double>());
                    Assert.That(TensorValues.Gap(many.Lower[box], single.Lower[0]), Is.LessThan(scale), $"{domain.Name}: {single.Node}");
                    Assert.That(TensorValues.Gap(many.Upper[box], single.Upper[0]), Is.LessThan(scale), $"{domain.Name}: {single.Node}");
                }
            }
        }
    });

    private static void Each(int cases, Func<RandomNetworks, SemanticSet> draw, Action<Graph, SemanticSet, Tensor, ParameterBox[]> check)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < cases; number++)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            using var network = random.Network();
            var set = draw(random);
            check(Graph.Of(network, random.Shape), set, random.Image(), [random.Box(set), random.Box(set), random.Box(set)]);
        }
    }

    private static double Width(IBoundPropagator domain, Graph graph, PerturbedImages images)
    {
        using var bounds = domain.Propagate(graph, images);
        return bounds.Output.Upper.Numbers().Zip(bounds.Output.Lower.Numbers(), (upper, lower) => upper - lower).Sum();
    }
}
