using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Lowering;

/// <summary>Products of constant matrices with values of the graph: fully connected layers, or convolutions of size 1.</summary>
/// <param name="Groups">How many matrices there are, each for a part of the values.</param>
/// <param name="Outputs">The rows of one matrix.</param>
/// <param name="Inputs">The columns of one matrix.</param>
/// <param name="Fill">Puts all matrices, row by row, into the weights of a layer.</param>
/// <param name="Bias">One number for each row of all matrices, or null.</param>
internal sealed record Product(long Groups, long Outputs, long Inputs, Action<Tensor> Fill, Tensor? Bias = null)
{
    /// <summary>
    /// Adds the nodes for values <c>[G, K, L]</c>, or turned <c>[G, L, K]</c>; the result is <c>[G, M, L]</c>, or turned <c>[G, L, M]</c>.
    /// </summary>
    public GraphNode Lower(OperatorCall call, GraphNode input, long columns, bool isTurned, bool turnsResult)
    {
        var limits = call.Network.Limits;
        if (isTurned && columns > 1)
            input = call.Network.Rearrangement(
                $"{call.Name}/columns",
                input,
                Places.Of([Groups, columns, Inputs], limits).Transpose([0, 2, 1]));
        if (!turnsResult || columns == 1)
            return OfColumns(call, call.Name, input, columns);
        var product = OfColumns(call, $"{call.Name}/product", input, columns);
        return call.Network.Rearrangement(call.Name, product, Places.Of([Groups, Outputs, columns], limits).Transpose([0, 2, 1]));
    }

    private GraphNode OfColumns(OperatorCall call, string name, GraphNode input, long columns)
    {
        call.Network.Limits.Spend(Groups, Outputs, Inputs);
        if (Groups == 1 && columns == 1)
        {
            var layer = call.Network.Own(nn.Linear(Inputs, Outputs, hasBias: Bias is not null));
            Fill(layer.weight);
            Copy(layer.bias);
            return call.Network.Linear(name, call.Network.As(input, [Inputs]), layer);
        }

        var module = call.Network.Own(nn.Conv2d(Groups * Inputs, Groups * Outputs, 1, groups: Groups, bias: Bias is not null));
        Fill(module.weight);
        Copy(module.bias);
        return call.Network.Convolution(name, call.Network.As(input, [Groups * Inputs, columns, 1]), module);
    }

    private void Copy(Tensor? target)
    {
        if (Bias is not null)
            new ComputedConstant(Bias).CopyTo(target!);
    }
}
