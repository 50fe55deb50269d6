using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Bounds a network's output over one box again: DeepZ (Singh et al., 2018) with all symbols kept, dense, in 64-bit numbers rounded
/// outwards, layer by layer. It shares nothing with the domain that certified but the network and the images a box reaches.
/// </summary>
/// <param name="network">A copy of the network in 64-bit numbers: see <see cref="ProofNetwork"/>.</param>
internal sealed class LeafProof(Graph network)
{
    private readonly ProofNorms _norms = new(network);
    private readonly HashSet<GraphNode> _readOnce = [.. network.Nodes.SelectMany(node => node.Inputs).CountBy(read => read)
        .Where(read => read.Value == 1).Select(read => read.Key)];

    /// <summary>Bounds of every output over what one box reaches.</summary>
    /// <param name="images">One box's images, in 64-bit numbers.</param>
    public OutputBounds Bound(PerturbedImages images)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var output = Output(images);
        var (lower, upper) = output.Limits();
        return new OutputBounds(lower.data<double>().ToArray(), upper.data<double>().ToArray(), output.Error);
    }

    /// <summary>Bounds of what a decoder reads off the outputs.</summary>
    public OutputBounds Bound(PerturbedImages images, ProofDecoder decoder)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return decoder.Bound(Output(images));
    }

    private ProofZonotope Output(PerturbedImages images)
    {
        var symbols = new ProofSymbols();
        return network.Evaluate(Input(images, symbols), (node, inputs) => Step(node, inputs, symbols), (_, spent) => spent.Dispose());
    }

    private ProofZonotope Input(PerturbedImages images, ProofSymbols symbols)
    {
        using var scope = NewDisposeScope();
        var blocks = new SortedDictionary<int, Tensor> { [symbols.NextBirth()] = images.Generators[0] };
        if (images.Radius is not null)
        {
            foreach (var (birth, block) in symbols.Rows(images.Radius))
                blocks.Add(birth, block);
        }

        var unclipped = new ProofZonotope(images.Centre.alias(), blocks, 0);
        var error = ProofRounding.Norm(full_like(unclipped.Centre, Scalars.Of(images.RoundingError)));
        if (!images.Clip)
            return (unclipped with { Error = error }).MoveOut();

        // The limits are those of equal pixels, which share symbols, without the roundings, which they do not share.
        var (lower, upper) = unclipped.Limits();
        var relaxation = ProofRelaxation.OfCamera(lower, upper);
        return (unclipped with { Error = error })
            .Relax(relaxation, symbols.SharedRows(relaxation.Size, images), consume: true).MoveOut();
    }

    private ProofZonotope Step(GraphNode node, IReadOnlyList<ProofZonotope> inputs, ProofSymbols symbols)
    {
        var consume = node.Inputs.All(_readOnce.Contains);
        switch (node)
        {
            case AffineNode affine:
                return inputs[0].Affine(affine, _norms, consume);

            case ActivationNode activation:
            {
                using var scope = NewDisposeScope();
                var (lower, upper) = inputs[0].Limits();
                var relaxation = ProofRelaxation.Of(activation, lower, upper);

                // A steep function takes the error, one norm for all values, as a part of each value's own size.
                if (activation is not ScalarFunctionNode { IsSteep: true })
                    return inputs[0].Relax(relaxation, symbols.Rows(relaxation.Size), consume).MoveOut();
                var size = relaxation.Size.Plus(relaxation.RadiusSlope * Scalars.Of(inputs[0].Error * (1 + ProofRounding.Gamma(8))));
                return (inputs[0] with { Error = 0 }).Relax(relaxation with { Size = size }, symbols.Rows(size), consume).MoveOut();
            }

            case MaxPoolNode pool:
                return ProofBranches.MaxPool(pool, inputs[0], _norms, symbols);

            case AdditionNode:
                return ProofBranches.Add(inputs, ProofRounding.Gamma(inputs.Count + 2));

            case SoftmaxNode softmax:
                return ProofSoftmax.Apply(softmax, inputs[0], _norms, symbols);

            case ProductNode:
                return ProofBranches.Multiply(inputs[0], inputs[1], symbols);

            case ConcatenationNode:
                return ProofBranches.Concatenate(inputs);

            default:
                throw new GraphException(node.Name, $"the certificate checker has no rule for {node.GetType().Name}.")
                    { Value = node.GetType().Name };
        }
    }
}
