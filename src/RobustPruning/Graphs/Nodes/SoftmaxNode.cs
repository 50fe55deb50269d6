using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>The softmax over all places of each channel of a feature map: <c>eˣ / Σ eˣ</c>.</summary>
public sealed class SoftmaxNode : GraphNode
{
    internal SoftmaxNode(SoftmaxDescription description, GraphNode input)
        : base(description, [input], input.Shape, null)
    {
        var places = input.Shape[1] * input.Shape[2];
        Mean = new AdaptiveAveragePoolNode(new($"{Name}.mean", [input.Name], [1, 1]), input);
        long[] sources = [.. Enumerable.Range(0, (int)input.Neurons).Select(place => place / places)];
        Spread = new RearrangementNode(new($"{Name}.spread", [Mean.Name], input.Shape, sources), Mean);
    }

    /// <summary>The node whose values enter.</summary>
    public GraphNode Input => Inputs[0];

    /// <summary>How many values share one sum.</summary>
    internal long Places => Shape[1] * Shape[2];

    /// <summary>The mean of each channel, which bounds need of the exponentials.</summary>
    internal AdaptiveAveragePoolNode Mean { get; }

    /// <summary>A number of each channel at each of its places.</summary>
    internal RearrangementNode Spread { get; }

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs)
    {
        using var scope = NewDisposeScope();
        return inputs[0].flatten(2).softmax(2).reshape(inputs[0].shape).MoveToOuterDisposeScope();
    }
}

internal sealed record SoftmaxDescription(string Name, IReadOnlyList<string> Inputs) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        ShapeRules.FeatureMap(Name, inputs);
        return new SoftmaxNode(this, inputs[0]);
    }
}
