using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Pruning;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

public sealed class RearrangementTests
{
    [Test]
    public void EachValueComesFromItsSource()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 50; number++)
        {
            using var scope = NewDisposeScope();
            long[] before = Shape(random), after = Shape(random);
            long values = before.Aggregate((product, size) => product * size), wanted = after.Aggregate((product, size) => product * size);
            long[] sources = [.. Enumerable.Range(0, (int)wanted).Select(_ => random.Next(-1, (int)values))];
            var builder = new GraphBuilder(before);
            var node = (RearrangementNode)builder.Rearrangement("move", builder.Input, after, sources);
            var input = randn([2, .. before]);
            var expected = input.flatten(1).Numbers().Chunk((int)values)
                .SelectMany(row => sources.Select(source => source < 0 ? 0 : row[source])).ToArray();
            foreach (var output in new[] {
                builder.Build(node).Forward(input), node.Affine(input), node.Linear(input), node.Absolute(input) })
            {
                Assert.That(output.shape, Is.EqualTo(after.Prepend(2)));
                Assert.That(output.Numbers(), Is.EqualTo(expected));
            }
        }
    }

    [Test]
    public void ValuesInTheirOrderAreAReshape()
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([2, 3]);
        var same = (RearrangementNode)builder.Rearrangement("same", builder.Input, [3, 2], [0, 1, 2, 3, 4, 5]);
        var plain = (RearrangementNode)builder.Reshape("plain", same, [6]);
        Assert.That((same.Sources, plain.Sources), Is.EqualTo(((IReadOnlyList<long>?)null, (IReadOnlyList<long>?)null)));
        var input = randn(4, 2, 3);
        Assert.That(builder.Build(plain).Forward(input).Numbers(), Is.EqualTo(input.Numbers()));
    }

    [Test]
    public void PaddingAndChannelsInAnotherOrderAreAShift()
    {
        var builder = new GraphBuilder([2, 2, 2]);
        var padded = (RearrangementNode)
            builder.Rearrangement("padded", builder.Input, [3, 2, 3], [4, 5, -1, 6, 7, -1, -1, -1, -1, -1, -1, -1, 0, 1, -1, 2, 3, -1]);
        Assert.That(
            (padded.Shifted!.Rows, padded.Shifted.Columns, string.Join(' ', padded.Shifted.Channels)),
            Is.EqualTo((0, 0, "1 -1 0")));
        var cropped = (RearrangementNode)builder.Rearrangement("cropped", builder.Input, [1, 1, 2], [6, 7]);
        Assert.That((cropped.Shifted!.Rows, cropped.Shifted.Columns, cropped.Shifted.Channels[0]), Is.EqualTo((1, 0, 1)));
        foreach (var sources in new long[][] { [1, 0, 2, 3], [0, 0, 0, 0], [0, 1, -1, 3], [0, 1, 6, 7], [-1, -1, -1, -1] })
            Assert.That(
                ((RearrangementNode)builder.Rearrangement($"none{string.Join(' ', sources)}", builder.Input, [1, 2, 2], sources)).Shifted,
                Is.Null);
    }

    [Test]
    public void TheErrorOfAValueCountsWhereverItStands()
    {
        // Four copies of one value: an error ρ becomes one of norm 2ρ.
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder([3]);
        var node = (RearrangementNode)builder.Rearrangement("move", builder.Input, [5], [1, 1, -1, 1, 1]);
        var single = new Zonotope(zeros(1, 3, dtype: float64), zeros(1, 1, 3, dtype: float64), [], null)
        {
            Outward = float64,
            Error = ones(1, dtype: float64),
        };
        Assert.That(single.Affine(node).Error!.Numbers()[0], Is.InRange(2, 2 + 1e-9));
        var network = builder.Build(node);
        var proof = new ProofZonotope(zeros(1, 3, dtype: float64), [], 1).Affine(node, new ProofNorms(network), consume: false);
        Assert.That(proof.Error, Is.InRange(2, 2 + 1e-9));
        Assert.That(OperatorNorm.Of(node), Is.InRange(2, 2 + 1e-9));
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        var builder = new GraphBuilder([2, 3]);
        Refused(() => builder.Rearrangement("odd", builder.Input, [2], [0, 6]), "source 1 is 6", "0 to 5");
        Refused(() => builder.Rearrangement("odd", builder.Input, [2], [-2, 0]), "source 0 is -2");
        Refused(() => builder.Rearrangement("odd", builder.Input, [3], [0, 1]), "[3]", "2 sources");
        Refused(() => builder.Rearrangement("odd", builder.Input, [], []), "[]");
        Refused(() => builder.Rearrangement("odd", builder.Input, [0], []), "[0]");
        Refused(() => builder.Reshape("odd", builder.Input, [7]), "[7]", "6 values");
        Refused(() => builder.Reshape("odd", builder.Input, [-2, -3]), "[-2, -3]");
        Refused(() => builder.Reshape("odd", builder.Input, [4294967296, 4294967296, 6]), "4294967296");

        static void Refused(Action add, params string[] parts)
        {
            var error = Assert.Throws<GraphException>(() => add())!;
            Assert.That(error.Message, Does.StartWith("Layer 'odd': "));
            foreach (var part in parts)
                Assert.That(error.Message, Does.Contain(part));
        }
    }

    [Test]
    public void ChannelsLeaveThroughRearrangementsThatKeepThemApart()
    {
        // Shuffled channels, a vector in another shape, and one padding: then conv2 loses channels with conv1's reader.
        var builder = new GraphBuilder([1, 4, 4]);
        var node = builder.Convolution("conv1", builder.Input, nn.Conv2d(1, 4, 3L));
        node = builder.Rearrangement("shuffle", node, [4, 2, 2], [12, 13, 14, 15, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7]);
        node = builder.Reshape("map", builder.Reshape("vector", node, [16]), [4, 2, 2]);
        node = builder.Convolution("conv2", node, nn.Conv2d(4, 3, 1L));
        node = builder.Rearrangement("turned", node, [2, 2, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
        node = builder.Linear("fc", builder.Flatten("flatten", node), nn.Linear(12, 2));
        using var network = new GraphModule(builder.Build(node));
        var groups = ChannelGroup.Of(network.Graph);
        Assert.That(
            groups.Select(group => group.ToString()),
            Is.EqualTo(new[] { "4 channels of conv1, moved by shuffle, vector and map, read by conv2" }),
            "turned mixes conv2's channels, so they stay");
        using var pruned = ChannelPruner.Apply(network.Graph, PruningPlan.Nothing(network.Graph).Remove(groups[0], 0, 2));
        Assert.That(pruned.Graph.Nodes.Select(layer => layer.ToString()), Is.EqualTo(new[]
        {
            "input [1x4x4]", "conv1 [2x2x2]", "shuffle [2x2x2]", "vector [8]", "map [2x2x2]", "conv2 [3x2x2]", "turned [2x2x3]",
            "flatten [12]", "fc [2]",
        }));
        Assert.That(((RearrangementNode)pruned.Graph.Nodes[2]).Sources, Is.EqualTo(new[] { 4, 5, 6, 7, 0, 1, 2, 3 }));
    }

    [Test]
    public void ChannelsThatAreSlicedOrPaddedAwayStay()
    {
        var builder = new GraphBuilder([1, 2, 2]);
        var conv = builder.Convolution("conv", builder.Input, nn.Conv2d(1, 4, 1L));
        var half = builder.Rearrangement("half", conv, [2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7]);
        var padded = builder.Rearrangement("padded", half, [4, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7, .. Enumerable.Repeat(-1L, 8)]);
        var sum = builder.Addition("sum", padded, builder.Convolution("other", builder.Input, nn.Conv2d(1, 4, 1L)));
        var graph = builder.Build(builder.Convolution("head", sum, nn.Conv2d(4, 1, 1L)));
        Assert.That(ChannelGroup.Of(graph).Select(group => group.ToString()), Is.EqualTo(new[]
        {
            "2 channels of the 4 of conv and the 4 of other, added by sum, moved by half and padded, read by head",
        }));
    }

    private static long[] Shape(Random random) => [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (long)random.Next(1, 4))];
}
