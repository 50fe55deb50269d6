using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// A network as nodes in topological order, over the live weights of TorchSharp modules. It runs itself, so what is bounded, measured
/// and pruned is what is executed. Immutable; running it is as thread-safe as the modules are.
/// </summary>
public sealed class Graph
{
    private readonly Dictionary<GraphNode, GraphNode> _lastReader = [];

    internal Graph(IEnumerable<GraphNode> nodes, GraphNode output)
    {
        Nodes = ReadBy(output, [.. nodes]);
        Output = output;
        foreach (var node in Nodes)
        {
            foreach (var input in node.Inputs)
                _lastReader[input] = node;
        }
    }

    /// <summary>All nodes, each after the nodes it reads; the input node comes first.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>The node that stands for the image.</summary>
    public GraphNode Input => Nodes[0];

    /// <summary>
    /// The node whose value is the network's output, which is what <see cref="Forward"/> gives and what is bounded and certified. Of
    /// several <see cref="Outputs"/> it is one vector <c>[F₁ + F₂ + ...]</c>: each output flattened, one after the other.
    /// </summary>
    public GraphNode Output { get; }

    /// <summary>The outputs as they were declared, in order: <see cref="Output"/> alone, or those that are joined in it.</summary>
    public IReadOnlyList<GraphNode> Outputs => Output.JoinsOutputs
        ? [.. Output.Inputs.Select(vector => vector.JoinsOutputs ? vector.Inputs[0] : vector)]
        : [Output];

    /// <summary>
    /// The nodes whose values enter an <see cref="ActivationNode"/>: where neurons are measured and bounded. Max pooling is none: it
    /// compares values with one another, not with zero.
    /// </summary>
    public IEnumerable<GraphNode> PreActivations =>
        Nodes
            .OfType<ActivationNode>()
            .Where(activation => activation.MeasuresNeurons)
            .Select(activation => activation.PreActivation)
            .Distinct();

    /// <summary>Trainable parameters of all nodes.</summary>
    public long Parameters => Modules.SelectMany(module => module.parameters()).Distinct().Sum(parameter => parameter.numel());

    /// <summary>Multiply-accumulate operations for one image.</summary>
    public long Macs => Nodes.Sum(node => node.Macs);

    /// <summary>The type of the weights, or of constants where there are no weights; null if there are neither.</summary>
    internal ScalarType? WeightType => Example?.dtype;

    /// <summary>
    /// A weight, or a constant where there are no weights, in the type and on the device of all; null if there are neither.
    /// </summary>
    internal Tensor? Example => (Tensor?)Modules.SelectMany(module => module.parameters()).FirstOrDefault()
        ?? Nodes.OfType<RescalingNode>().FirstOrDefault()?.Constants.scale;

    /// <summary>
    /// Where the nonlinearities that read a node bend, for <see cref="Bounds.NodeBounds.Kinks"/>; nowhere where none reads it.
    /// </summary>
    /// <param name="node">One of <see cref="Nodes"/>.</param>
    public IReadOnlyList<double> Kinks(GraphNode node) =>
        [
            .. Nodes
                .OfType<ActivationNode>()
                .Where(activation => activation.PreActivation == node)
                .SelectMany(activation => activation.Kinks)
                .Distinct(),
        ];

    /// <summary>
    /// The layers of a file that share one constant as their weights, each with the first of them. They are kept alike: no gradient, no
    /// pruning.
    /// </summary>
    internal IEnumerable<(GraphNode Layer, GraphNode First)> TiedLayers =>
        Nodes
            .Where(node => node.Description.WeightsOf is not null)
            .Select(node => (node, Nodes.FirstOrDefault(first => first.Name == node.Description.WeightsOf)!))
            .Where(pair => pair.Item2 is not null);

    internal IEnumerable<nn.Module> Modules => Nodes.Select(node => node.Module).OfType<nn.Module>().Distinct();

    /// <summary>
    /// Reads a network: a known layer, a <c>Sequential</c> of known layers, a <see cref="GraphModule"/>, or a module that declares its
    /// nodes (<see cref="IDeclaresNodes"/>).
    /// </summary>
    /// <param name="network">The network; its modules are shared, not copied.</param>
    /// <param name="inputShape">The shape of one image, without the batch: <c>[C, H, W]</c>.</param>
    /// <exception cref="GraphException">
    /// A layer is not supported, shapes do not fit, or a module declares other nodes than its own <c>forward</c> runs; the message names
    /// the layer.
    /// </exception>
    public static Graph Of(nn.Module<Tensor, Tensor> network, params IReadOnlyList<long> inputShape)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network is GraphModule declared)
        {
            if (!declared.Graph.Input.Shape.SequenceEqual(inputShape))
                throw WrongImage(declared.Graph.Input, inputShape);
            return declared.Graph;
        }

        if (network is IDeclaresNodes)
            return Declaration.Of(network, string.Empty, inputShape);
        var builder = new GraphBuilder(inputShape);
        return builder.Build(ModuleLowering.LowerRoot(builder, network));
    }

    /// <summary>Runs the network on a batch.</summary>
    /// <param name="images">
    /// <c>[B, C, H, W]</c>, on the weights' device; numbers of another floating type are converted to the weights'.
    /// </param>
    /// <returns>The output, <c>[B, ...]</c>, owned by the caller.</returns>
    /// <exception cref="GraphException">The images have another shape than the network takes.</exception>
    public Tensor Forward(Tensor images) => Run(images, [Output])[Output];

    /// <summary>The same network, over the same weights, with some of its outputs only: what a specification is about.</summary>
    /// <param name="names">
    /// Names of nodes, those of <see cref="Outputs"/> or any others; at least one. Several are one vector, see <see cref="Output"/>.
    /// </param>
    /// <exception cref="GraphException">There is no name, no node of that name, or one comes up twice.</exception>
    public Graph WithOutputs(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var builder = new GraphBuilder((InputDescription)Input.Description);
        var copies = builder.AddAll(this);
        return builder.Build([.. names.Select(Find)]);

        GraphNode Find(string name) =>
            copies.Values.FirstOrDefault(node => node.Name == name)
            ?? throw new GraphException(
                name,
                $"there is no such output; the network has {string.Join(", ", Outputs.Select(output => output.Name))}.");
    }

    /// <summary>The same network, over the same weights, with its output as one vector; itself if it is one.</summary>
    internal Graph Flattened()
    {
        if (Output.Shape.Count == 1)
            return this;
        var builder = new GraphBuilder((InputDescription)Input.Description);
        var copies = builder.AddAll(this);
        return builder.Build(builder.Flatten(FreeName("flat"), copies[Output]));
    }

    /// <summary>A name that no node has.</summary>
    internal string FreeName(string wanted)
    {
        while (Nodes.Any(node => node.Name == wanted))
            wanted += "_";
        return wanted;
    }

    /// <summary>Runs the network on a batch and keeps the values of some nodes.</summary>
    /// <param name="images">
    /// <c>[B, C, H, W]</c>, on the weights' device; numbers of another floating type are converted to the weights'.
    /// </param>
    /// <param name="keep">The nodes whose values to return.</param>
    /// <returns>The value of each node to keep, <c>[B, ...]</c>, owned by the caller.</returns>
    /// <exception cref="GraphException">
    /// The images have another shape than the network takes, or a node belongs to another graph.
    /// </exception>
    public IReadOnlyDictionary<GraphNode, Tensor> Run(Tensor images, IReadOnlyCollection<GraphNode> keep)
    {
        RequireShape(images);

        if (keep.FirstOrDefault(node => !Nodes.Contains(node)) is { } stranger)
            throw new GraphException(stranger.Name, "it belongs to another graph.");

        using var scope = NewDisposeScope();
        var kept = new Dictionary<GraphNode, Tensor>();
        var converted = images.to(WeightType ?? images.dtype);
        if (keep.Contains(Input))
            kept[Input] = converted.alias().MoveToOuterDisposeScope();
        Evaluate<Tensor>(
            converted,
            (node, inputs) =>
            {
                var value = node.Forward(inputs);
                if (keep.Contains(node))
                    kept[node] = value.MoveToOuterDisposeScope();
                return value;
            },
            (node, value) =>
            {
                if (!keep.Contains(node))
                    value.Dispose();
            });
        return kept;
    }

    /// <summary>Computes a value of any kind for every node, in order.</summary>
    /// <param name="input">The input node's value.</param>
    /// <param name="compute">Computes a node's value from its inputs' values.</param>
    /// <param name="spent">Told of every value, but the input's and the output's, once no later node reads it.</param>
    /// <returns>The output node's value.</returns>
    public T Evaluate<T>(T input, Func<GraphNode, IReadOnlyList<T>, T> compute, Action<GraphNode, T> spent)
    {
        var values = new Dictionary<GraphNode, T> { [Input] = input };
        foreach (var node in Nodes.Skip(1))
        {
            values[node] = compute(node, [.. node.Inputs.Select(read => values[read])]);
            foreach (var read in node.Inputs.Distinct().Where(read => _lastReader[read] == node && read != Input && read != Output))
            {
                spent(read, values[read]);
                values.Remove(read);
            }
        }

        return values[Output];
    }

    /// <summary>Refuses a batch of images of another shape than the network takes.</summary>
    /// <exception cref="GraphException">The shape is another.</exception>
    internal void RequireShape(Tensor images)
    {
        if (!images.shape.Skip(1).SequenceEqual(Input.Shape))
            throw WrongImage(Input, [.. images.shape.Skip(1)]);
        RealNumbers.Require(images, "Pixels", nameof(images));
    }

    /// <summary>Refuses what is not a batch of one image or more.</summary>
    /// <exception cref="ArgumentException">There is no batch, or nothing in it.</exception>
    internal void RequireBatch(Tensor images)
    {
        if (images.dim() != Input.Shape.Count + 1 || images.shape[0] == 0)
            throw new ArgumentException(
                $"Images are [N, {string.Join(", ", Input.Shape)}] with N at least 1, but these are [{string.Join(", ", images.shape)}].",
                nameof(images));
    }

    /// <summary>
    /// Refuses weights that are not numbers, and constants of another type than the weights: copies would lose their digits.
    /// </summary>
    /// <exception cref="GraphException">
    /// A weight, a constant or a running statistic is NaN or infinite, or constants have another type; the message names the layer.
    /// </exception>
    internal void RequireFiniteWeights()
    {
        using var scope = NewDisposeScope();
        if (Nodes.OfType<RescalingNode>().FirstOrDefault(node => node.Constants.scale.dtype != WeightType) is { } odd)
            throw new GraphException(odd.Name, $"its constants are {odd.Constants.scale.dtype}, but the network's weights {WeightType}.")
                { Value = odd.Constants.scale.dtype };
        foreach (var node in Nodes.Where(node => node.Module is not null))
        {
            var state = node.Module!.named_parameters().Select(named => (named.name, (Tensor)named.parameter))
                .Concat(node.Module.named_buffers().Select(named => (named.name, named.buffer)));
            foreach (var (name, tensor) in state)
            {
                if (!tensor.isfinite().all().item<bool>())
                    throw new GraphException(node.Name, $"its {name} contains NaN or infinity.") { Value = name };
            }
        }
    }

    /// <summary>Refuses nodes that share weights: whoever copies node by node would part them.</summary>
    /// <exception cref="GraphException">Two nodes use the same module or parameter; the message names both.</exception>
    internal void RequireOwnWeights()
    {
        var owners = new Dictionary<object, GraphNode>(ReferenceEqualityComparer.Instance);
        foreach (var node in Nodes.Where(node => node.Module is not null))
        {
            foreach (var weights in node.Module!.parameters().Prepend<object>(node.Module))
            {
                if (!owners.TryAdd(weights, node))
                {
                    throw new GraphException(
                        node.Name,
                        $"it uses the weights of '{owners[weights].Name}', which copying, pruning and files would "
                            + "part, so no GraphModule can be made of them; the Graph itself can be run, bounded and certified.")
                    {
                        Value = owners[weights].Name,
                    };
                }
            }
        }
    }

    /// <summary>One node a line.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Nodes);

    private static GraphException WrongImage(GraphNode input, IReadOnlyList<long> shape) => new(input.Name,
        $"the image has shape [{string.Join(", ", shape)}], but the network takes [{string.Join(", ", input.Shape)}].") { Value = shape };

    /// <summary>The nodes that <paramref name="output"/> depends on, and the input.</summary>
    private static List<GraphNode> ReadBy(GraphNode output, List<GraphNode> nodes)
    {
        var needed = new HashSet<GraphNode> { output, nodes[0] };
        for (var index = nodes.Count - 1; index >= 0; index--)
        {
            if (needed.Contains(nodes[index]))
                needed.UnionWith(nodes[index].Inputs);
        }

        return [.. nodes.Where(needed.Contains)];
    }
}
