using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>A fully connected layer: <c>[F]</c> to <c>[F']</c>.</summary>
public sealed class LinearNode : AffineNode
{
    private readonly LinearDescription _description;
    private List<Tensor>? _placeWeights;

    internal LinearNode(LinearDescription description, GraphNode input, Linear module)
        : base(description, input, [description.OutFeatures], module)
    {
        _description = description;
        Weights = module;
    }

    /// <summary>The module that holds weight <c>[F', F]</c> and bias <c>[F']</c>.</summary>
    public Linear Weights { get; }

    /// <inheritdoc/>
    public override long Macs => _description.InFeatures * _description.OutFeatures;

    /// <summary>
    /// The weights for each place of a flattened map of that many places, each <c>[C, F']</c> and contiguous. A frozen layer keeps them.
    /// </summary>
    internal IReadOnlyList<Tensor> PlaceWeights(int places)
    {
        if (!IsFrozen)
            return SortByPlace(places);

        // Several boxes may be bounded at once.
        lock (_description)
        {
            if (_placeWeights is null)
            {
                _placeWeights = SortByPlace(places);
                foreach (var values in _placeWeights)
                    values.DetachFromDisposeScope();
            }

            return _placeWeights;
        }
    }

    private List<Tensor> SortByPlace(int places)
    {
        using var scope = NewDisposeScope();
        var weight = Weights.weight;
        var sorted = weight.reshape(weight.shape[0], -1, places).permute(2, 1, 0).contiguous();
        return [.. Enumerable.Range(0, places).Select(place => sorted[place].MoveToOuterDisposeScope())];
    }

    internal override void ReleaseCache()
    {
        foreach (var values in _placeWeights ?? [])
            values.Dispose();
        _placeWeights = null;
    }

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs) => Weights.call(inputs[0]);

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x) => nn.functional.linear(x, Weights.weight, Weights.bias);

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x) => nn.functional.linear(x, Weights.weight);

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x)
    {
        using var absolute = Weights.weight.abs();
        return nn.functional.linear(x, absolute);
    }
}

internal sealed record LinearDescription(string Name, IReadOnlyList<string> Inputs, long InFeatures, long OutFeatures, bool Bias)
    : NodeDescription(Name, Inputs)
{
    public static LinearDescription Of(string name, string input, Linear module) =>
        new(name, [input], module.weight.shape[1], module.weight.shape[0], module.bias is not null);

    public override nn.Module CreateModule() => nn.Linear(InFeatures, OutFeatures, Bias);

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        var shape = inputs[0].Shape;
        if (shape.Count != 1 || shape[0] != InFeatures)
        {
            throw new GraphException(Name,
                $"it takes {InFeatures} features, but '{inputs[0].Name}' gives [{string.Join(", ", shape)}]"
                + (shape.Count == 3 ? "; is a Flatten missing?" : "."));
        }

        return new LinearNode(this, inputs[0], (Linear)module!);
    }
}
