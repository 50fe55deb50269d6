using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>Every domain against sampled parameters: fresh random networks, images and boxes each time.</summary>
public sealed class SoundnessTests
{
    private const int Cases = 40;
    private const int Samples = 2000;

    private static readonly IBoundPropagator[] Domains =
    [
        new IntervalPropagator(),
        new SemanticIntervalPropagator(SymbolBudget.None),
        new SemanticIntervalPropagator(new SymbolBudget(7)),
        new SemanticIntervalPropagator(SymbolBudget.All),
    ];

    [Test]
    public void SampledParametersStayInsideTheBoundsOfEveryNode()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < Cases; number++)
            CheckCase(unchecked(seed + number));
    }

    private static void CheckCase(int seed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomNetworks(seed);
        using var network = random.Network();
        var graph = Graph.Of(network, random.Shape);
        var image = random.Image();
        var set = random.Set();
        ParameterBox[] boxes = [random.Box(set), random.Box(set)];
        var exact = image.to(float64);

        // Both ways in: an image of the network's type, and one of 64 bits, as the certifier hands it in.
        using var images = set.Enclose(seed % 2 == 0 ? image : exact, boxes);
        var found = Domains.Select(domain => (domain.Name, Bounds: domain.Propagate(graph, images))).ToList();

        // The bounds are those of the network in real numbers: 64-bit values lie inside them, to the last digit of 32.
        network.to(float64);
        var measured = boxes.Select(box => Range(graph, set, exact, box, new Random(seed))).ToList();
        foreach (var (domain, bounds) in found)
        {
            using (bounds)
            {
                foreach (var node in bounds.PreActivations.Append(bounds.Output))
                {
                    for (var box = 0; box < boxes.Length; box++)
                    {
                        var (least, greatest) = measured[box][node.Node];
                        var rounding = 1e-13 * (1 + least.abs().maximum(greatest.abs()).max().item<double>());
                        Assert.That(
                            (node.Lower[box].to(float64) - least).max().item<double>(),
                            Is.LessThanOrEqualTo(rounding),
                            $"{domain}: lower bound of {node.Node}, seed {seed}");
                        Assert.That(
                            (greatest - node.Upper[box].to(float64)).max().item<double>(),
                            Is.LessThanOrEqualTo(rounding),
                            $"{domain}: upper bound of {node.Node}, seed {seed}");
                    }
                }
            }
        }
    }

    /// <summary>Least and greatest sampled value of each neuron, corners and noise included, by plain forward passes.</summary>
    private static Dictionary<GraphNode, (Tensor Least, Tensor Greatest)> Range(
        Graph graph, SemanticSet set, Tensor image, ParameterBox box, Random random)
    {
        GraphNode[] nodes = [.. graph.PreActivations, graph.Output];
        double[][] thetas = [.. box.Corners(), .. box.Sample(Samples, random)];
        using var rows = tensor(thetas.SelectMany(theta => theta).ToArray(), [thetas.Length, set.Dimension], dtype: image.dtype);

        // Noise between its limits for half of the samples, at them for the others.
        var noise = (rand([thetas.Length, .. image.shape], dtype: image.dtype) * 2) - 1;
        noise = where(rand(thetas.Length, 1, 1, 1).lt(0.5), noise, noise.sign()) * set.Noise;
        var values = graph.Run(set.Apply(image, rows, noise), nodes);
        return nodes.ToDictionary(node => node, node => (values[node].amin(0), values[node].amax(0)));
    }
}
