using RobustPruning.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// A frozen copy of a network for bounds: evaluation mode, no gradients, every batch normalisation that directly follows a convolution
/// folded into it (W' = s·W, b' = s·b + t with the normalisation's scale s and shift t).
/// </summary>
internal static class BatchNormalizationFolding
{
    /// <summary>Copies and folds; the caller owns the copy, the original is untouched.</summary>
    public static GraphModule Fold(Graph graph)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var folded = graph.Nodes.OfType<BatchNormalizationNode>()
            .Where(node => node.Input is ConvolutionNode && graph.Nodes.Count(reader => reader.Inputs.Contains(node.Input)) == 1)
            .ToDictionary(node => node.Input);

        var copies = new Dictionary<string, string>();
        var descriptions = new List<NodeDescription>();
        foreach (var node in graph.Nodes)
        {
            if (node is BatchNormalizationNode normalization && folded.ContainsKey(normalization.Input))
            {
                copies[node.Name] = copies[normalization.Input.Name];
                continue;
            }

            copies[node.Name] = node.Name;
            var description = node.Description with { Inputs = [.. node.Inputs.Select(input => copies[input.Name])] };
            descriptions.Add(description is ConvolutionDescription convolution && folded.ContainsKey(node)
                ? convolution with { Bias = true }
                : description);
        }

        var copy = GraphModule.FromDescriptions(descriptions);
        copy.MatchTypeAndDevice(graph);
        foreach (var node in copy.Graph.Nodes.Where(node => node.Module is not null))
        {
            var original = graph.Nodes.First(candidate => candidate.Name == node.Name);
            if (folded.TryGetValue(original, out var normalization))
                CopyFolded((ConvolutionNode)original, normalization, (ConvolutionNode)node);
            else
                WeightCopy.All(original.Module!, node.Module!);
        }

        foreach (var parameter in copy.parameters())
            parameter.requires_grad = false;
        foreach (var node in copy.Graph.Nodes)
            node.IsFrozen = true;
        copy.eval();
        return copy;
    }

    /// <summary>Folds with 64-bit numbers, and keeps them beside the module's.</summary>
    private static void CopyFolded(ConvolutionNode original, BatchNormalizationNode normalization, ConvolutionNode copy)
    {
        var (scale, shift) = normalization.ScaleAndShift(float64);
        var weight = original.Convolution.weight.to(float64) * scale.reshape(-1, 1, 1, 1);
        var error = normalization.ShiftError!;
        if (original.Convolution.bias is not null)
        {
            var moved = original.Convolution.bias.to(float64) * scale;
            shift = shift.Plus(moved);
            error = error.Plus((moved.abs() * Scalars.Of(normalization.Terms * Rounding.Epsilon(float64) / 2)).reshape(-1, 1, 1));
        }

        WeightCopy.Into(weight, copy.Convolution.weight);
        WeightCopy.Into(shift, copy.Convolution.bias!);
        copy.KeepExact(weight, shift, error);
    }
}
