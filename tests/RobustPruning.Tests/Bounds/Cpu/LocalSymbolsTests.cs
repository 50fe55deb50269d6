using RobustPruning.Bounds;
using RobustPruning.Bounds.Cpu;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds.Cpu;

/// <summary>What is local stays local on the engine: no step of a heatmap network makes a window wider than the step reaches.</summary>
public sealed class LocalSymbolsTests
{
    private const int Side = 64;

    private static IEnumerable<KeypointHead> Heads =>
        from upsampling in new Upsampling?[] { null, Upsampling.Nearest, Upsampling.Bilinear, Upsampling.BilinearAlignedCorners }
        from offsets in new[] { false, true }
        select new KeypointHead(3, 64, upsampling, offsets);

    [Test]
    public void NoStepOfAHeatmapNetworkMakesWindowsWiderThanItsReach(
        [ValueSource(nameof(Heads))] KeypointHead head, [Values] ResNetStem stem)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var network = ResNet18.Create(new(stem, 3, Side, Side, 2, 0.05, 0, head));
        var compiled = PlanCompiler.Compile(network.Graph);
        Assert.That(compiled.Plan.Steps.OfType<GatherStep>().Select(step => step.Name), Is.Empty);
        var pool = new BufferPool();
        foreach (var (node, number) in compiled.Values)
        {
            switch (compiled.Plan.Steps[number])
            {
                case MaxPoolStep step:
                    foreach (var entry in step.Entries)
                        Require(pool, entry, MostReaders(entry.Rows), MostReaders(entry.Columns));
                    break;

                // A vector that is a map in memory has its map's step.
                case AffineStep step when step.Name == node.Name:
                    Require(pool, step, Reached((AffineNode)node, 0), Reached((AffineNode)node, 1));
                    break;

                case ConcatenationStep step:
                    Assert.That(step.Map.Area, Is.GreaterThan(1), "maps of one size stay maps");
                    break;
            }
        }
    }

    /// <summary>Two outputs of maps are bounded as each by itself, in the network's order.</summary>
    [Test]
    public void JoinedMapsAreBoundedAsEachByItself([Values] bool vectorsToo)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var seed = TestEnvironment.FreshSeed();
        manual_seed(seed);
        var builder = new GraphBuilder([2, 6, 6]);
        var trunk = builder.Relu("relu", builder.Convolution("conv", builder.Input, nn.Conv2d(2, 4, 3L, padding: 1L)));
        GraphNode[] outputs =
        [
            builder.Convolution("maps", trunk, nn.Conv2d(4, 3, 1L)), builder.Convolution("offsets", trunk, nn.Conv2d(4, 6, 1L)),
            .. vectorsToo ? [builder.Linear("vector", builder.Flatten("flat", trunk), nn.Linear(144, 5))] : Array.Empty<GraphNode>(),
        ];
        var set = SemanticSet.Of(new Brightness(-0.05, 0.05), new Contrast(-0.03, 0.04));
        var image = rand([2, 6, 6]);
        using var images = set.Enclose(image, set.Box);
        var domain = new SemanticIntervalPropagator(SymbolBudget.All);
        var joined = domain.BoundOutputs(builder.Build(outputs), images, () => false)![0];
        var apart = outputs.Select(output => domain.BoundOutputs(builder.Build(output), images, () => false)![0]).ToList();
        Assert.That(joined.Lower, Is.EqualTo(apart.SelectMany(bounds => bounds.Lower)).Within(1e-6), $"seed {seed}");
        Assert.That(joined.Upper, Is.EqualTo(apart.SelectMany(bounds => bounds.Upper)).Within(1e-6), $"seed {seed}");

        // A layer behind them reads them in the network's order.
        var graph = builder.Build(outputs);
        var last = nn.Linear(graph.Output.Neurons, 3);
        var node = LinearDescription.Of("last", graph.Output.Name, last).CreateNode([graph.Output], last);
        var behind = new Graph([.. graph.Nodes, node], node);
        var bounds = domain.BoundOutputs(behind, images, () => false)![0];
        foreach (var theta in set.Box.Sample(50, new Random(seed)))
        {
            var y = behind.Forward(set.ApplyOne(image, theta, null)).Numbers();
            for (var value = 0; value < 3; value++)
                Assert.That(y[value], Is.InRange(bounds.Lower[value] - 1e-5, bounds.Upper[value] + 1e-5), $"seed {seed}");
        }

        using var tensors = domain.OnTensors(behind, images, () => false)!;
        Assert.That(bounds.Lower, Is.EqualTo(tensors.Output.Lower.Numbers()).Within(1e-4), $"seed {seed}");
    }

    /// <summary>Asks of a symbol of one place, behind a step, that its window is no larger than given, and one more for a stride.</summary>
    private static unsafe void Require(BufferPool pool, AffineStep step, int mostRows, int mostColumns)
    {
        var from = step switch
        {
            ConvolutionStep convolution => convolution.From,
            ChannelwiseStep channelwise => channelwise.From,
            _ => step.Map,
        };
        var symbols = SymbolBlock<float>.Windows(pool, new object(), 1, from, 1, 1);
        symbols.Corners[0] = new WindowCorner(from.Height / 2, from.Width / 2);
        new Span<float>(symbols.Values, from.Channels).Fill(1);
        var value = new Enclosure<float>(from, pool.RentZeros<double>(from.Size), pool.RentZeros<double>(from.Size), 1)
        {
            Symbols = [symbols],
            Error = 0,
        };
        var moved = new AffineLayers<float>(pool).Apply(step, value);
        var window = moved.Symbols.Single();
        Assert.That(window.Height, Is.LessThanOrEqualTo(Math.Min(step.Map.Height, mostRows + 1)), $"rows of {step.Name}");
        Assert.That(window.Width, Is.LessThanOrEqualTo(Math.Min(step.Map.Width, mostColumns + 1)), $"columns of {step.Name}");
        moved.Release();
        value.Release();
    }

    private static int MostReaders(AxisMap map) =>
        Enumerable.Range(0, map.Size).Max(place => map.Sources.Count(read => read.Contains(place)));

    /// <summary>The most rows, or columns, that one place's value changes wherever it lies, by running the layer.</summary>
    private static int Reached(AffineNode node, int axis)
    {
        using var scope = NewDisposeScope();
        if (node.Inputs[0].Shape is not [var channels, var height, var width])
            return int.MaxValue - 1;
        var size = axis == 0 ? height : width;
        var input = zeros([size, channels, height, width]);
        for (var place = 0L; place < size; place++)
            input[place].narrow(axis + 1, place, 1).narrow(2 - axis, (axis == 0 ? width : height) / 2, 1).fill_(1);
        var changed = (node.Forward([input]) - node.Forward([zeros([1, channels, height, width])])).abs().sum([1, 3 - axis]);
        return Enumerable.Range(0, (int)size).Max(place =>
        {
            int[] read = [.. changed[place].Numbers().Index().Where(entry => entry.Item > 0).Select(entry => entry.Index)];
            return read.Length == 0 ? 1 : read[^1] - read[0] + 1;
        });
    }
}
