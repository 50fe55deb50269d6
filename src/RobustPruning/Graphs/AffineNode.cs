using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// A node that is an affine map <c>x ↦ W x + b</c> in evaluation mode: convolution, linear, batch normalisation with its running
/// statistics, average and adaptive average pooling, flatten. Bounds need three forms of it, each on a batch <c>[B, ...]</c> and
/// differentiable in the weights.
/// </summary>
public abstract class AffineNode : GraphNode
{
    private protected AffineNode(NodeDescription description, GraphNode input, IReadOnlyList<long> shape, nn.Module? module)
        : base(description, [input], shape, module)
    {
    }

    /// <summary>The one node this node reads.</summary>
    public GraphNode Input => Inputs[0];

    /// <summary><c>W x + b</c>, with batch normalisation as in evaluation mode.</summary>
    /// <param name="x">A batch of this node's input, <c>[B, ...]</c>.</param>
    /// <returns>A batch of this node's value; the caller owns it.</returns>
    public abstract Tensor Affine(Tensor x);

    /// <summary><c>W x</c>: what happens to a generator.</summary>
    /// <param name="x">A batch of generators in this node's input, <c>[B, ...]</c>.</param>
    /// <returns>A batch of generators in this node's value; the caller owns it.</returns>
    public abstract Tensor Linear(Tensor x);

    /// <summary><c>|W| x</c>: what happens to a radius.</summary>
    /// <param name="x">A batch of radii of this node's input, <c>[B, ...]</c>, non-negative.</param>
    /// <returns>A batch of radii of this node's value; the caller owns it.</returns>
    public abstract Tensor Absolute(Tensor x);
}
