using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// A nonlinearity of each value by itself: ReLU, leaky ReLU, sigmoid, tanh, clip, SiLU, GELU. Its input is the pre-activation, where
/// neurons are measured and bounded.
/// </summary>
public abstract class ActivationNode : GraphNode
{
    private protected ActivationNode(NodeDescription description, GraphNode input)
        : base(description, [input], input.Shape, null)
    {
    }

    /// <summary>The node whose value is the pre-activation.</summary>
    public GraphNode PreActivation => Inputs[0];

    /// <summary>Whether its input counts as neurons, which are measured; what a normalisation is made of does not.</summary>
    internal virtual bool MeasuresNeurons => true;

    /// <summary>Where the nonlinearity bends: a neuron whose values lie on both sides of such a place is unstable.</summary>
    public virtual IReadOnlyList<double> Kinks => [0];

    // Never in place, whatever the module said: the pre-activation is kept for measuring.
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Apply(inputs[0]);

    /// <summary>
    /// The nonlinearity of each value. In 64-bit numbers ReLU and clip are exact, a leaky ReLU is rounded once, and sigmoid and tanh are
    /// off by at most <c>4 · 2⁻⁵²</c> times their value.
    /// </summary>
    /// <param name="z">Pre-activations, of any shape and floating type.</param>
    /// <returns>Values of the same shape and type; the caller owns them.</returns>
    public abstract Tensor Apply(Tensor z);
}
