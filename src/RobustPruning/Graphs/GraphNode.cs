using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// One node of a <see cref="Graph"/>: a layer with its inputs and the shape of what it computes. Nodes are made by
/// <see cref="GraphBuilder"/>; a node refers to the live TorchSharp module whose weights it uses, if it has any.
/// </summary>
public abstract class GraphNode
{
    private protected GraphNode(NodeDescription description, IReadOnlyList<GraphNode> inputs, IReadOnlyList<long> shape, nn.Module? module)
    {
        Description = description;
        Inputs = inputs;
        Shape = shape;
        Module = module;
    }

    /// <summary>The node's name, unique in its graph, for example <c>conv2</c>.</summary>
    public string Name => Description.Name;

    /// <summary>The nodes whose values this node reads, in order; empty for the input node.</summary>
    public IReadOnlyList<GraphNode> Inputs { get; }

    /// <summary>The shape of the node's value for one image, without the batch: <c>[C, H, W]</c> or <c>[F]</c>.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The TorchSharp module that holds the node's weights, or null if it has none.</summary>
    public nn.Module? Module { get; }

    /// <summary>Channels of a feature map, features of a vector: the first entry of <see cref="Shape"/>.</summary>
    public long Channels => Shape[0];

    /// <summary>Neurons for one image: the product of <see cref="Shape"/>.</summary>
    public long Neurons => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Multiply-accumulate operations for one image.</summary>
    public virtual long Macs => 0;

    internal NodeDescription Description { get; }

    /// <summary>Whether the weights will not change any more, so that what follows from them may be kept.</summary>
    internal bool IsFrozen { get; set; }

    /// <summary>Whether <see cref="GraphBuilder.Build"/> added it, to make one vector of several outputs.</summary>
    internal virtual bool JoinsOutputs => false;

    /// <summary>Disposes what a frozen node has kept.</summary>
    internal virtual void ReleaseCache()
    {
    }

    /// <summary>Computes the node's value from its inputs' values, in the module's current mode (training or evaluation).</summary>
    /// <param name="inputs">
    /// The value of each of <see cref="Inputs"/>, <c>[B, ...]</c>: of the weights' type where the node has a <see cref="Module"/>, else of
    /// any floating type.
    /// </param>
    /// <returns><c>[B, ...]</c>; the caller owns it.</returns>
    public abstract Tensor Forward(IReadOnlyList<Tensor> inputs);

    /// <summary>Name and shape, for example <c>conv2 [32x16x16]</c>.</summary>
    public override string ToString() => $"{Name} [{string.Join('x', Shape)}]";
}
