using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// A nonlinearity of each value by itself: ReLU, leaky ReLU, sigmoid, tanh, clip, SiLU, GELU. Its input is the pre-activation, where neurons are measured
/// and bounded.
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
    internal virtual IReadOnlyList<double> Kinks => [0];

    // Never in place, whatever the module said: the pre-activation is kept for measuring.
    internal override Tensor Forward(IReadOnlyList<Tensor> inputs) => Apply(inputs[0]);

    /// <summary>The nonlinearity of each value; the caller owns the result.</summary>
    internal abstract Tensor Apply(Tensor z);
}
