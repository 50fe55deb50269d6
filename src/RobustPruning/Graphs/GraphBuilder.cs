using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// Builds a <see cref="Graph"/> node by node, checking shapes as it goes. Each method returns the new node, to be the next one's input.
/// </summary>
public sealed class GraphBuilder
{
    private const string OutputsName = "outputs";

    private readonly List<GraphNode> _nodes = [];
    private readonly Dictionary<string, GraphNode> _named = [];

    /// <summary>Starts a graph.</summary>
    /// <param name="inputShape">
    /// The shape of one image, without the batch: <c>[C, H, W]</c>, <c>[F]</c> for a vector, or any other of at least one size.
    /// </param>
    /// <exception cref="GraphException">The shape is empty or has a size that is not positive.</exception>
    public GraphBuilder(IReadOnlyList<long> inputShape)
        : this(new InputDescription("input", inputShape))
    {
    }

    internal GraphBuilder(InputDescription input) => Input = Add(input, [], null);

    /// <summary>The node that stands for the image.</summary>
    public GraphNode Input { get; }

    /// <summary>Adds a convolution over the weights of <paramref name="module"/>.</summary>
    /// <exception cref="GraphException">The shapes do not fit, the name is taken, or the padding is not zeros.</exception>
    public GraphNode Convolution(string name, GraphNode input, Conv2d module) =>
        Add(ConvolutionDescription.Of(name, input.Name, module), [input], module);

    /// <summary>Adds a fully connected layer over the weights of <paramref name="module"/>.</summary>
    /// <exception cref="GraphException">The shapes do not fit, or the name is taken.</exception>
    public GraphNode Linear(string name, GraphNode input, Linear module) =>
        Add(LinearDescription.Of(name, input.Name, module), [input], module);

    /// <summary>Adds a batch normalisation over the weights and running statistics of <paramref name="module"/>.</summary>
    /// <exception cref="GraphException">The shapes do not fit, the name is taken, or the module keeps no running statistics.</exception>
    public GraphNode BatchNormalization(string name, GraphNode input, BatchNorm2d module) =>
        Add(BatchNormalizationDescription.Of(name, input.Name, module), [input], module);

    /// <summary>
    /// Adds a batch normalisation of a vector <c>[C]</c>, over the weights and running statistics of <paramref name="module"/>.
    /// </summary>
    /// <exception cref="GraphException">The shapes do not fit, the name is taken, or the module keeps no running statistics.</exception>
    public GraphNode BatchNormalization(string name, GraphNode input, BatchNorm1d module) =>
        Add(BatchNormalizationDescription.Of(name, input.Name, module), [input], module);

    /// <summary>Adds the nonlinearity <c>max(x, 0)</c>.</summary>
    /// <exception cref="GraphException">The name is taken.</exception>
    public GraphNode Relu(string name, GraphNode input) => Add(new ReluDescription(name, [input.Name]), [input], null);

    /// <summary>Adds the nonlinearity <c>x</c> where x ≥ 0 and <c>a·x</c> elsewhere.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="input">The pre-activation.</param>
    /// <param name="negativeSlope">The slope a, finite.</param>
    /// <exception cref="GraphException">The name is taken, or the slope is not finite.</exception>
    public GraphNode LeakyRelu(string name, GraphNode input, double negativeSlope = 0.01) =>
        Add(new LeakyReluDescription(name, [input.Name], negativeSlope), [input], null);

    /// <summary>Adds the nonlinearity <c>1 / (1 + e⁻ˣ)</c>.</summary>
    /// <exception cref="GraphException">The name is taken.</exception>
    public GraphNode Sigmoid(string name, GraphNode input) => Add(new SigmoidDescription(name, [input.Name]), [input], null);

    /// <summary>Adds the hyperbolic tangent.</summary>
    /// <exception cref="GraphException">The name is taken.</exception>
    public GraphNode Tanh(string name, GraphNode input) => Add(new TanhDescription(name, [input.Name]), [input], null);

    /// <summary>Adds a smooth function of each value, for example SiLU, GELU or Hardswish.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="input">The pre-activation.</param>
    /// <param name="function">The function.</param>
    /// <param name="epsilon">What a square root or its inverse adds to its argument, positive; 0 for every other function.</param>
    /// <exception cref="GraphException">
    /// The name is taken, ε does not fit the function, or a root is taken of what may be negative.
    /// </exception>
    public GraphNode Function(string name, GraphNode input, ScalarFunction function, double epsilon = 0) =>
        Add(new ScalarFunctionDescription(name, [input.Name], function, epsilon), [input], null);

    /// <summary>Adds the nonlinearity <c>min(max(x, a), b)</c>.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="input">The pre-activation.</param>
    /// <param name="minimum">The least value a; −∞ for none.</param>
    /// <param name="maximum">The greatest value b; ∞ for none.</param>
    /// <exception cref="GraphException">The name is taken, or the limits are not a least and a greatest value.</exception>
    public GraphNode Clip(string name, GraphNode input, double minimum, double maximum) =>
        Add(new ClipDescription(name, [input.Name], minimum, maximum), [input], null);

    /// <summary>Adds <c>scale ⊙ x + shift</c> with the constants of <paramref name="module"/>, for values of any shape.</summary>
    /// <exception cref="GraphException">Scale or shift do not broadcast to the input's shape, or the name is taken.</exception>
    public GraphNode Rescaling(string name, GraphNode input, Rescaling module) =>
        Add(RescalingDescription.Of(name, input.Name, module), [input], module);

    /// <summary>Adds values of the input in other places: a transposition, slice, padding with zeros, repetition, ...</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="input">Where the values come from, of any shape.</param>
    /// <param name="shape">The shape of the result, without the batch; at least one size, all positive.</param>
    /// <param name="sources">
    /// For each value of the result in row-major order the place that it comes from in the input, in row-major order from 0, or −1 where it
    /// is 0. A place may come up many times.
    /// </param>
    /// <exception cref="GraphException">The shape and the sources do not fit each other or the input, or the name is taken.</exception>
    public GraphNode Rearrangement(string name, GraphNode input, IReadOnlyList<long> shape, IReadOnlyList<long> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return Add(new RearrangementDescription(name, [input.Name], [.. shape], [.. sources]), [input], null);
    }

    /// <summary>Adds the same values in another shape, in row-major order.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="input">The values.</param>
    /// <param name="shape">The shape of the result, without the batch; at least one size, all positive.</param>
    /// <exception cref="GraphException">The shape has another number of values, or the name is taken.</exception>
    public GraphNode Reshape(string name, GraphNode input, IReadOnlyList<long> shape) =>
        Add(new RearrangementDescription(name, [input.Name], [.. shape], null), [input], null);

    /// <summary>
    /// Adds a map of another size, interpolated between the values of the input. The nodes are gathers, constant factors and sums, named
    /// <c>name</c> and <c>name.*</c>.
    /// </summary>
    /// <param name="name">The name of the result.</param>
    /// <param name="input">A feature map <c>[C, H, W]</c>.</param>
    /// <param name="height">The new height; positive.</param>
    /// <param name="width">The new width; positive.</param>
    /// <param name="mode">How values in between are found.</param>
    /// <exception cref="GraphException">The input is no feature map, a size is not positive, or a name is taken.</exception>
    public GraphNode Upsample(string name, GraphNode input, long height, long width, Upsampling mode = Upsampling.Nearest)
    {
        ArgumentNullException.ThrowIfNull(input);
        var shape = ShapeRules.FeatureMap(name, [input]);
        if (height < 1 || width < 1)
            throw new GraphException(name, $"its size {height}x{width} is not positive.") { Value = (height, width) };
        if (!Enum.IsDefined(mode))
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "Unknown way of interpolation.");
        return Interpolation.Add(
            this, name, input, Interpolation.Samples(mode, shape[1], height), Interpolation.Samples(mode, shape[2], width));
    }

    /// <summary>
    /// Adds a transposed convolution: zeros go between the values and around them, in a node named <c>name.spread</c>, and an ordinary
    /// convolution follows. It is torch's <c>ConvTranspose2d</c> whose weights <c>[C, C', kH, kW]</c> are those of
    /// <paramref name="module"/> with the first two axes swapped and the kernel turned by half a turn.
    /// </summary>
    /// <param name="name">The name of the result.</param>
    /// <param name="input">
    /// A feature map <c>[C, H, W]</c>; the result is <c>[C', s·(H − 1) + kH − 2·padding + outputPadding, ...]</c>.
    /// </param>
    /// <param name="module">The convolution: without padding, with a stride and dilation of 1.</param>
    /// <param name="stride">How far apart the values are put, s; at least 1.</param>
    /// <param name="padding">How much is cut at each edge; from 0 to below the kernel's size.</param>
    /// <param name="outputPadding">How much is added at the lower and right edge; from 0 to below the stride.</param>
    /// <exception cref="GraphException">The shapes or numbers do not fit, or a name is taken.</exception>
    public GraphNode TransposedConvolution(string name, GraphNode input, Conv2d module, int stride, int padding = 0, int outputPadding = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(module);
        var shape = ShapeRules.FeatureMap(name, [input]);
        var description = ConvolutionDescription.Of(name, input.Name, module);
        if (description.Padding.Any(size => size != 0) || description.Stride.Concat(description.Dilation).Any(size => size != 1))
            throw new GraphException(name, "its convolution has padding, or a stride or dilation other than 1.");
        if (stride < 1 || padding < 0 || padding >= description.Kernel.Min() || outputPadding < 0 || outputPadding >= stride)
            throw new GraphException(
                name,
                $"a stride of {stride}, padding {padding} and output padding {outputPadding} do not fit a kernel of "
                + $"{description.Kernel[0]}x{description.Kernel[1]}.")
            {
                Value = (stride, padding, outputPadding),
            };
        long[] rows = Spread(shape[1], description.Kernel[0]), columns = Spread(shape[2], description.Kernel[1]);
        long[] sources =
        [
            .. from channel in Enumerable.Range(0, (int)shape[0])
            from row in rows
            from column in columns
            select row < 0 || column < 0 ? RearrangementDescription.Zero : (((channel * shape[1]) + row) * shape[2]) + column,
        ];
        return Convolution(name, Rearrangement($"{name}.spread", input, [shape[0], rows.Length, columns.Length], sources), module);

        long[] Spread(long size, long kernel) =>
            [
                .. Enumerable
                    .Range(0, (int)(((size - 1) * stride) + 1 + (2 * (kernel - 1 - padding)) + outputPadding))
                    .Select(index => index - (kernel - 1 - padding))
                    .Select(place =>
                        place >= 0 && place % stride == 0 && place / stride < size ? place / stride : RearrangementDescription.Zero),
            ];
    }

    /// <summary>Adds a transposed convolution over the weights of <paramref name="module"/>.</summary>
    /// <exception cref="GraphException">The shapes do not fit, the name is taken, or the module has groups.</exception>
    public GraphNode TransposedConvolution(string name, GraphNode input, ConvTranspose2d module) =>
        Add(TransposedConvolutionDescription.Of(name, input.Name, module), [input], module);

    /// <summary>Adds a flatten of all but the batch.</summary>
    /// <exception cref="GraphException">The name is taken.</exception>
    public GraphNode Flatten(string name, GraphNode input) => Add(new FlattenDescription(name, [input.Name]), [input], null);

    /// <summary>Adds the average pooling that <paramref name="module"/> describes.</summary>
    /// <exception cref="GraphException">The shapes do not fit, the name is taken, or the module rounds sizes up.</exception>
    public GraphNode AveragePool(string name, GraphNode input, AvgPool2d module) =>
        Add(AveragePoolDescription.Of(name, input.Name, module), [input], null);

    /// <summary>Adds the average pooling to a given size that <paramref name="module"/> describes.</summary>
    /// <exception cref="GraphException">The input is no feature map, the name is taken, or the size is not positive.</exception>
    public GraphNode AdaptiveAveragePool(string name, GraphNode input, AdaptiveAvgPool2d module) =>
        Add(AdaptiveAveragePoolDescription.Of(name, input.Name, module), [input], null);

    /// <summary>Adds the max pooling that <paramref name="module"/> describes.</summary>
    /// <exception cref="GraphException">
    /// The shapes do not fit, the name is taken, the module rounds sizes up, or a window would hold nothing but padding.
    /// </exception>
    public GraphNode MaxPool(string name, GraphNode input, MaxPool2d module) =>
        Add(MaxPoolDescription.Of(name, input.Name, module), [input], null);

    /// <summary>Adds the sum of two or more nodes of one shape.</summary>
    /// <exception cref="GraphException">The shapes differ, there are fewer than two inputs, or the name is taken.</exception>
    public GraphNode Addition(string name, params IReadOnlyList<GraphNode> inputs) =>
        Add(new AdditionDescription(name, [.. inputs.Select(input => input.Name)]), inputs, null);

    /// <summary>
    /// Adds the product, value by value, of two nodes. Where one of them has axes of size 1, it is repeated along these, in a node named
    /// <c>name.repeated</c>: a gate <c>[C, 1, 1]</c> times a map <c>[C, H, W]</c>. A node times itself is its square.
    /// </summary>
    /// <exception cref="GraphException">Neither shape is the other with some axes of size 1, or a name is taken.</exception>
    public GraphNode Product(string name, GraphNode first, GraphNode second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first == second)
            return Function(name, first, ScalarFunction.Square);
        if (first.Neurons < second.Neurons)
            first = Repeated($"{name}.repeated", first, second.Shape);
        else if (second.Neurons < first.Neurons)
            second = Repeated($"{name}.repeated", second, first.Shape);
        return Add(new ProductDescription(name, [first.Name, second.Name]), [first, second], null);
    }

    /// <summary>
    /// Adds a group normalisation over the weights of <paramref name="module"/>, in nodes named <c>name</c> and <c>name.*</c>.
    /// </summary>
    /// <param name="name">The name of the result.</param>
    /// <param name="input">A feature map <c>[C, H, W]</c>, or a vector of channels.</param>
    /// <param name="module">The normalisation; its groups divide C.</param>
    /// <exception cref="GraphException">The shapes do not fit, a group is a single value, or a name is taken.</exception>
    public GraphNode GroupNormalization(string name, GraphNode input, GroupNorm module)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(module);
        return Normalization.Add(this, name, input, module);
    }

    /// <summary>
    /// Adds a layer normalisation over the weights of <paramref name="module"/>, in nodes named <c>name</c> and <c>name.*</c>.
    /// </summary>
    /// <param name="name">The name of the result.</param>
    /// <param name="input">A value whose last axes are those that the module normalises.</param>
    /// <param name="module">The normalisation.</param>
    /// <exception cref="GraphException">The shapes do not fit, or a name is taken.</exception>
    public GraphNode LayerNormalization(string name, GraphNode input, LayerNorm module)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(module);
        return Normalization.Add(this, name, input, module);
    }

    /// <summary>
    /// Adds the softmax along an axis. Where the values along it are not one channel of a map, they are moved there and back, in nodes
    /// named <c>name.*</c>.
    /// </summary>
    /// <param name="name">The name of the result.</param>
    /// <param name="input">The logits, of any shape.</param>
    /// <param name="axis">The axis, from 0, without the batch; a negative one counts from the last, which is −1.</param>
    /// <exception cref="GraphException">There is no such axis, or a name is taken.</exception>
    public GraphNode Softmax(string name, GraphNode input, int axis = -1)
    {
        ArgumentNullException.ThrowIfNull(input);
        var shape = input.Shape;
        if (axis < -shape.Count || axis >= shape.Count)
            throw new GraphException(name, $"there is no axis {axis} in [{string.Join(", ", shape)}].");
        axis = axis < 0 ? axis + shape.Count : axis;
        long size = shape[axis],
            inner = shape.Skip(axis + 1).Aggregate(1L, (product, other) => product * other),
            parts = input.Neurons / size;
        if (inner == 1)
            return Reshape(name, SpatialSoftmax($"{name}.softmax", Reshape($"{name}.parts", input, [parts, size, 1])), shape);

        // From [outer, size, inner] to [outer, inner, size] and back.
        var there = Enumerable
            .Range(0, (int)input.Neurons)
            .Select(place => (((place / size / inner * size) + (place % size)) * inner) + (place / size % inner))
            .ToArray();
        var back = new long[there.Length];
        foreach (var (target, source) in there.Index())
            back[source] = target;
        return Rearrangement(
            name,
            SpatialSoftmax($"{name}.softmax", Rearrangement($"{name}.parts", input, [parts, size, 1], there)),
            shape,
            back);
    }

    /// <summary>Adds the softmax over all places of each channel: what makes a heatmap a distribution.</summary>
    /// <exception cref="GraphException">The input is no feature map <c>[C, H, W]</c>, or the name is taken.</exception>
    public GraphNode SpatialSoftmax(string name, GraphNode input) => Add(new SoftmaxDescription(name, [input.Name]), [input], null);

    /// <summary>
    /// Adds two or more nodes, feature maps of one size or vectors, one after the other along the channels, the first axis.
    /// </summary>
    /// <exception cref="GraphException">The sizes differ, there are fewer than two inputs, or the name is taken.</exception>
    public GraphNode Concatenation(string name, params IReadOnlyList<GraphNode> inputs) =>
        Add(new ConcatenationDescription(name, [.. inputs.Select(input => input.Name)]), inputs, null);

    /// <summary>
    /// Adds the nodes of a module: a known layer, a <c>Sequential</c>, a <see cref="GraphModule"/>, or a module that declares its nodes.
    /// </summary>
    /// <param name="name">The name of the module's only node, or what the names of its nodes begin with: <c>name.conv1</c>.</param>
    /// <param name="input">The node that the module reads.</param>
    /// <param name="module">The module; it is shared, not copied.</param>
    /// <returns>The node whose value is the module's output.</returns>
    /// <exception cref="GraphException">
    /// A layer is not supported, shapes do not fit, a name is taken, or the module declares other nodes than its own <c>forward</c> runs.
    /// </exception>
    public GraphNode Module(string name, GraphNode input, nn.Module<Tensor, Tensor> module) =>
        ModuleLowering.Lower(this, input, name, module);

    /// <summary>Ends the graph; nodes that no output depends on are left out. More can be added, and built again.</summary>
    /// <param name="outputs">
    /// The nodes whose values are the network's outputs; other nodes may read them too. Of several, a node named <c>outputs</c> makes one
    /// vector, <see cref="Graph.Output"/>; nodes named <c>outputs.NAME</c> flatten those that are feature maps.
    /// </param>
    /// <exception cref="GraphException">
    /// There is no output, one is declared twice or is not a node of this builder, or a name is taken.
    /// </exception>
    public Graph Build(params IReadOnlyList<GraphNode> outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (outputs.Count == 0)
            throw new GraphException(OutputsName, "a network has an output.");
        foreach (var output in outputs)
        {
            ArgumentNullException.ThrowIfNull(output, nameof(outputs));
            if (!Holds(output))
                throw new GraphException(output.Name, "it belongs to another graph.");
            if (outputs.Count(other => other == output) > 1)
                throw new GraphException(output.Name, "it is declared as an output twice.");
        }

        return outputs.Count == 1 ? new Graph(_nodes, outputs[0]) : Join(outputs);
    }

    /// <summary>Adds all nodes of a graph that begins alike, but those that join its outputs, over the same weights.</summary>
    /// <returns>The new node of each.</returns>
    internal Dictionary<GraphNode, GraphNode> AddAll(Graph graph, bool withJoined = false)
    {
        var copies = new Dictionary<GraphNode, GraphNode> { [graph.Input] = Input };
        foreach (var node in graph.Nodes.Skip(1).Where(node => withJoined || !node.JoinsOutputs))
            copies[node] = Add(node.Description, [.. node.Inputs.Select(input => copies[input])], node.Module);
        return copies;
    }

    internal GraphNode Add(NodeDescription description, IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        var node = Create(description, inputs, module);
        _nodes.Add(node);
        _named.Add(node.Name, node);
        return node;
    }

    private GraphNode Repeated(string name, GraphNode input, IReadOnlyList<long> shape)
    {
        if (input.Shape.Count != shape.Count || input.Shape.Zip(shape).Any(sizes => sizes.First != 1 && sizes.First != sizes.Second))
        {
            throw new GraphException(
                name,
                $"'{input.Name}' gives [{string.Join(", ", input.Shape)}], which cannot be repeated to [{string.Join(", ", shape)}].");
        }

        var sources = new long[shape.Aggregate(1L, (product, size) => product * size)];
        for (var place = 0L; place < sources.Length; place++)
        {
            long rest = place, step = 1;
            for (var axis = shape.Count - 1; axis >= 0; axis--)
            {
                sources[place] += input.Shape[axis] == 1 ? 0 : rest % shape[axis] * step;
                (rest, step) = (rest / shape[axis], step * input.Shape[axis]);
            }
        }

        return Rearrangement(name, input, shape, sources);
    }

    private bool Holds(GraphNode node) => _named.GetValueOrDefault(node.Name) == node;

    // The nodes that join are the graph's alone, so that the builder can go on.
    private Graph Join(IReadOnlyList<GraphNode> outputs)
    {
        var vectors = outputs.ToDictionary(output => output, output => output.Shape.Count == 1
            ? output
            : Create(new FlattenDescription($"{OutputsName}.{output.Name}", [output.Name], OfOutput: true), [output], null));
        var description = new ConcatenationDescription(
            OutputsName,
            [.. outputs.Select(output => vectors[output].Name)],
            JoinsOutputs: true);
        Require(description);
        var joined = description.CreateNode([.. outputs.Select(output => vectors[output])], null);
        return new Graph([.. _nodes, .. vectors.Values.Except(outputs), joined], joined);
    }

    private GraphNode Create(NodeDescription description, IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        Require(description);
        foreach (var input in inputs)
        {
            if (!Holds(input))
                throw new GraphException(description.Name, $"its input '{input.Name}' belongs to another graph.") { Value = input.Name };
        }

        return description.CreateNode(inputs, module);
    }

    private void Require(NodeDescription description)
    {
        if (_named.ContainsKey(description.Name))
            throw new GraphException(description.Name, "two layers have this name.");
    }
}
