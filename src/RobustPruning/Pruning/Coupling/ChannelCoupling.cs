using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>
/// Follows every channel of every node through a graph. Channels that only leave together get one label: those that are added, that a
/// depthwise convolution filters, and those in the same place of a grouped convolution's groups.
/// </summary>
internal sealed class ChannelCoupling
{
    private readonly Graph _network;
    private readonly Dictionary<GraphNode, int[]> _labels = [];
    private readonly List<(GraphNode Layer, int[] Labels)> _outputs = [], _inputs = [], _movedInputs = [], _movedOutputs = [];
    private readonly List<int> _parent = [];
    private readonly HashSet<int> _staying = [];

    private ChannelCoupling(Graph network)
    {
        _network = network;
        foreach (var node in network.Nodes)
            _labels[node] = Follow(node);
        Stay(_labels[network.Output]);
    }

    /// <summary>The groups of a network, in the order of their first layers.</summary>
    public static IReadOnlyList<ChannelGroup> Groups(Graph network) => new ChannelCoupling(network).Groups();

    private int[] Follow(GraphNode node)
    {
        switch (node)
        {
            case InputNode:
                return Stay(Fresh(node));

            case ConvolutionNode { IsDepthwise: true } depthwise:
            {
                var read = Read(depthwise);
                var multiplier = depthwise.Channels / read.Length;
                return Written(depthwise, [.. read.SelectMany(label => Enumerable.Repeat(label, (int)multiplier))]);
            }

            // Its groups stay of one size if the same places leave in each.
            case ConvolutionNode { Groups: > 1 } grouped:
                KeepInStep(Read(grouped), (int)grouped.Groups);
                return Written(grouped, KeepInStep(Fresh(grouped), (int)grouped.Groups));

            case ConvolutionNode or TransposedConvolutionNode or LinearNode:
                Read(node);
                return Written(node, Fresh(node));

            case BatchNormalizationNode or ElementwiseAffineNode { DiffersByChannel: true }:
                return Written(node, _labels[node.Inputs[0]]);

            case ActivationNode or ElementwiseAffineNode or AveragePoolNode or AdaptiveAveragePoolNode or MaxPoolNode or SoftmaxNode:
                return _labels[node.Inputs[0]];

            case FlattenNode:
            {
                var channels = _labels[node.Inputs[0]];
                return [.. channels.SelectMany(label => Enumerable.Repeat(label, (int)node.Channels / channels.Length))];
            }

            case RearrangementNode rearrangement:
                return Moved(rearrangement);

            case AdditionNode or ProductNode:
                return node.Inputs.Select(input => _labels[input]).Aggregate(Join);

            case ConcatenationNode:
                return [.. node.Inputs.SelectMany(input => _labels[input])];

            default:
                throw new PruningException($"Layer '{node.Name}' ({node.GetType().Name}) couples channels in an unknown way.")
                    { Name = node.Name, Value = node.GetType().Name };
        }
    }

    private int[] Read(GraphNode layer)
    {
        var labels = _labels[layer.Inputs[0]];
        _inputs.Add((layer, labels));
        return labels;
    }

    private int[] Written(GraphNode layer, int[] labels)
    {
        _outputs.Add((layer, labels));
        return labels;
    }

    /// <summary>
    /// Channels whose values meet in one channel leave together, so that whole channels leave; if then all do, none can. Those of which
    /// nothing is left, and those that are all zero, stay.
    /// </summary>
    private int[] Moved(RearrangementNode node)
    {
        var read = _labels[node.Input];
        var sources = Enumerable
            .Range(0, (int)node.Channels)
            .Select(channel => node.SourceChannels(channel).Select(source => read[source]).ToArray())
            .ToArray();
        foreach (var meeting in sources)
            Join([.. meeting.Skip(1)], meeting);
        Stay([.. read.Except(sources.SelectMany(meeting => meeting))]);
        if (read.Length > 1 && read.Select(Root).Distinct().Count() == 1)
            Stay(read);
        int[] written = [.. sources.Select(meeting => meeting.Length > 0 ? meeting[0] : Stay(Fresh(1))[0])];
        _movedInputs.Add((node, read));
        _movedOutputs.Add((node, written));
        return written;
    }

    private int[] Fresh(GraphNode node) => Fresh((int)node.Channels);

    private int[] Fresh(int count)
    {
        var labels = Enumerable.Range(_parent.Count, count).ToArray();
        _parent.AddRange(labels);
        return labels;
    }

    private int[] Stay(int[] labels)
    {
        _staying.UnionWith(labels);
        return labels;
    }

    private int[] KeepInStep(int[] labels, int groups)
    {
        var places = labels.Length / groups;
        for (var index = places; index < labels.Length; index++)
            Join(labels[index], labels[index % places]);
        return labels;
    }

    private int[] Join(int[] first, int[] second)
    {
        foreach (var (a, b) in first.Zip(second))
            Join(a, b);
        return first;
    }

    // The lowest label stands for all, so that order does not depend on the way of joining.
    private void Join(int first, int second)
    {
        int a = Root(first), b = Root(second);
        _parent[Math.Max(a, b)] = Math.Min(a, b);
    }

    private int Root(int label)
    {
        while (_parent[label] != label)
            label = _parent[label] = _parent[_parent[label]];
        return label;
    }

    /// <summary>Channels that stand in the same layers are one group.</summary>
    private List<ChannelGroup> Groups()
    {
        var staying = _staying.Select(Root).ToHashSet();
        var layers = _outputs.Concat(_inputs).Concat(_movedInputs).Concat(_movedOutputs).ToList();
        var places = new SortedDictionary<int, List<int>>();
        for (var layer = 0; layer < layers.Count; layer++)
        {
            foreach (var root in layers[layer].Labels.Select(Root).Distinct().Where(root => !staying.Contains(root)))
            {
                if (!places.TryGetValue(root, out var list))
                    places[root] = list = [];
                list.Add(layer);
            }
        }

        return [.. places.GroupBy(entry => string.Join(' ', entry.Value), entry => entry.Key).Select(group => Describe([.. group]))];
    }

    private ChannelGroup Describe(int[] roots)
    {
        var values = new ValueEntries(roots, Root);
        var outputs = In(_outputs);
        var preActivations = _network.PreActivations.Select(node => values.In(node, _labels[node])).OfType<ChannelEntries>().ToList();
        return new ChannelGroup(
            roots.Length,
            outputs,
            In(_inputs),
            preActivations.Count > 0 ? preActivations : outputs[..1],
            [.. _network.Nodes.Where(
                node => node is AdditionNode or ProductNode).Where(node => values.In(node, _labels[node]) is not null)])
        {
            MovedInputs = In(_movedInputs),
            MovedOutputs = In(_movedOutputs),
        };

        List<ChannelEntries> In(List<(GraphNode Layer, int[] Labels)> layers) =>
            [.. layers.Select(layer => values.In(layer.Layer, layer.Labels)).OfType<ChannelEntries>()];
    }

    /// <summary>Where the channels of one group stand among labels.</summary>
    private sealed class ValueEntries(int[] roots, Func<int, int> rootOf)
    {
        private readonly Dictionary<int, int> _channels = roots.Index().ToDictionary(root => root.Item, root => root.Index);

        /// <summary>The entries of each channel, or null if none stands there.</summary>
        public ChannelEntries? In(GraphNode node, int[] labels)
        {
            var entries = roots.Select(_ => new List<int>()).ToArray();
            for (var entry = 0; entry < labels.Length; entry++)
            {
                if (_channels.TryGetValue(rootOf(labels[entry]), out var channel))
                    entries[channel].Add(entry);
            }

            return entries[0].Count == 0 ? null : new ChannelEntries(node, entries);
        }
    }
}
