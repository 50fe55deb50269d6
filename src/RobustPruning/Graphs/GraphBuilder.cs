using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// Builds a <see cref="Graph"/> node by node, checking shapes as it goes. Each method returns the new node, to be the next one's input.
/// </summary>
public sealed class GraphBuilder
{
    private readonly List<GraphNode> _nodes = [];
    private readonly HashSet<string> _names = [];

    /// <summary>Starts a graph.</summary>
    /// <param name="inputShape">The shape of one image, without the batch: <c>[C, H, W]</c>, or <c>[F]</c> for a vector.</param>
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

    /// <summary>Adds two or more nodes, feature maps of one size or vectors, one after the other along the channels.</summary>
    /// <exception cref="GraphException">The sizes differ, there are fewer than two inputs, or the name is taken.</exception>
    public GraphNode Concatenation(string name, params IReadOnlyList<GraphNode> inputs) =>
        Add(new ConcatenationDescription(name, [.. inputs.Select(input => input.Name)]), inputs, null);

    /// <summary>Ends the graph.</summary>
    /// <param name="output">The node whose value is the network's output.</param>
    /// <exception cref="GraphException"><paramref name="output"/> is not a node of this builder.</exception>
    public Graph Build(GraphNode output)
    {
        if (!_nodes.Contains(output))
            throw new GraphException(output.Name, "it belongs to another graph.");
        return new Graph(_nodes, output);
    }

    internal GraphNode Add(NodeDescription description, IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        if (!_names.Add(description.Name))
            throw new GraphException(description.Name, "two layers have this name.");
        foreach (var input in inputs)
        {
            if (!_nodes.Contains(input))
                throw new GraphException(description.Name, $"its input '{input.Name}' belongs to another graph.");
        }

        var node = description.CreateNode(inputs, module);
        _nodes.Add(node);
        return node;
    }
}
