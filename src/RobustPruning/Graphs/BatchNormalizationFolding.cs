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
                CopyFolded(((ConvolutionNode)original).Convolution, normalization, ((ConvolutionNode)node).Convolution);
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

    private static void CopyFolded(Conv2d original, BatchNormalizationNode normalization, Conv2d copy)
    {
        var (scale, shift) = normalization.ScaleAndShift();
        WeightCopy.Into(original.weight * scale.reshape(-1, 1, 1, 1), copy.weight);
        WeightCopy.Into(original.bias is null ? shift : (original.bias * scale) + shift, copy.bias!);
    }
}
