using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Pruning;

/// <summary>What the readers of folded channels get instead: a constant on each of their outputs.</summary>
internal static class FoldedBias
{
    /// <summary>
    /// For each layer that reads a folded channel what is added to its bias, in 64 bit and before any cut; in the current dispose scope.
    /// </summary>
    public static IReadOnlyDictionary<GraphNode, Tensor> Of(PruningPlan plan)
    {
        var constants = new Dictionary<GraphNode, double[]>();
        foreach (var folded in plan.Folded)
        {
            for (var reader = 0; reader < folded.Group.Inputs.Count; reader++)
            {
                var (layer, entries) = folded.Group.Inputs[reader];
                if (!constants.TryGetValue(layer, out var inputs))
                    constants[layer] = inputs = new double[layer.Inputs[0].Channels];
                foreach (var (entry, constant) in entries[folded.Channel].Zip(folded.Constants[reader]))
                    inputs[entry] = constant;
            }
        }

        return constants
            .Where(entry => entry.Value.Any(constant => constant != 0))
            .ToDictionary(entry => entry.Key, entry => Shift(entry.Key, entry.Value));
    }

    /// <summary>What a layer makes of constant inputs, without its bias.</summary>
    private static Tensor Shift(GraphNode layer, double[] constants) => layer switch
    {
        ConvolutionNode convolution => convolution.LinearOfConstant(tensor(constants, device: convolution.Convolution.weight.device)),
        LinearNode linear => linear.Weights.weight.to(float64).mv(tensor(constants, device: linear.Weights.weight.device)),
        _ => throw new PruningException($"Layer '{layer.Name}' ({layer.GetType().Name}) has no bias to fold a constant into.")
            { Name = layer.Name, Value = layer.GetType().Name },
    };
}
