using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>
/// One random case: a network, an image <c>[C, H, W]</c> in 64-bit numbers, a set and boxes of it. It owns network and image.
/// </summary>
internal sealed class SoundnessCase : IDisposable
{
    public SoundnessCase(Choices choices)
    {
        var light = new LightDraw(choices);
        Image = light.Image();
        using (var narrow = Image.to(float32))
            Network = new NetworkDraw(choices, narrow).Draw();
        Set = light.Set([.. Image.shape]);
        Boxes = light.Boxes(Set);
        (Made, Parts) = (choices.Made, choices.Parts);
        SymbolBudget = 1 + (Made.Sum(choice => (long)choice) % 20);
    }

    public GraphModule Network { get; }

    public Tensor Image { get; }

    public SemanticSet Set { get; }

    public ParameterBox[] Boxes { get; }

    /// <summary>How many symbols the domain with a budget may keep.</summary>
    public long SymbolBudget { get; }

    /// <summary>
    /// Whether weights or constants are so large that 32-bit numbers may overflow, or products of values may grow without limit from layer
    /// to layer: bounds may then be infinite or none, which certifies nothing.
    /// </summary>
    public bool MayOverflow
    {
        get
        {
            using var scope = NewDisposeScope();
            return Network.Graph.Nodes.Any(node => node is ProductNode or ScalarFunctionNode { Function: ScalarFunction.Square })
                || Network.parameters().Concat(Network.buffers()).Any(parameter => parameter.abs().max().to(float64).item<double>() > 1e20);
        }
    }

    /// <summary>The choices that make this case again.</summary>
    public IReadOnlyList<int> Made { get; }

    /// <summary>Where among the choices a part begins that may be left out.</summary>
    public IReadOnlyList<int> Parts { get; }

    /// <summary>How much there is to read in it: less is simpler.</summary>
    public long Size => Network.Graph.Nodes.Sum(node => 10 + node.Neurons + node.Macs) + (20 * (Set.Dimension + Boxes.Length)) + Made.Count;

    public override string ToString()
    {
        using var scope = NewDisposeScope();
        var text = new List<string> { $"image [{string.Join(", ", Image.shape)}]: {Numbers(Image)}", $"set: {Set}" };
        text.AddRange(Boxes.Select((box, index) => $"box {index}: {box}"));
        foreach (var node in Network.Graph.Nodes)
        {
            text.Add($"{node} of {string.Join(", ", node.Inputs.Select(input => input.Name))}: {node.Description}");
            if (node.Module is { } module)
                text.AddRange(
                    module.state_dict().Select(named => $"  {named.Key} [{string.Join(", ", named.Value.shape)}]: {Numbers(named.Value)}"));
        }

        return string.Join(Environment.NewLine, text);
    }

    public void Dispose()
    {
        Network.Dispose();
        Image.Dispose();
    }

    private static string Numbers(Tensor values)
    {
        const int Most = 16;
        var numbers = values.to(float64).contiguous().flatten().data<double>().ToArray();
        return string.Join(' ', numbers.Take(Most).Select(number => number.ToString("R")))
            + (numbers.Length > Most ? " ..." : string.Empty);
    }
}
