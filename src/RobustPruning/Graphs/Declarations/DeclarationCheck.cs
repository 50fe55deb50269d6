using System.Globalization;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// Checks the nodes that a module declares against the module's own <c>forward</c>: on random inputs in evaluation mode, and by the
/// weights. A weight that no node uses may count for nothing today, as a factor of zero does, and for much after some training.
/// </summary>
internal static class DeclarationCheck
{
    private const int Images = 3;
    private const int Seed = 20;

    // Relative to the outputs: what 32-bit sums in another order may differ by, with room to spare.
    private const double Tolerance = 1e-4;

    /// <summary>Refuses a module whose nodes are not what it runs.</summary>
    /// <exception cref="GraphException">
    /// Weights, shapes or values differ, or its <c>forward</c> fails; the message names the module.
    /// </exception>
    public static void Require(nn.Module<Tensor, Tensor> module, string name, Graph graph)
    {
        RequireEveryWeight(module, name, graph);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var evaluation = new EvaluationMode(module);
        var random = new Random(Seed);

        // Images, and what may enter a module inside a network.
        foreach (var (lower, upper) in new[] { (0.0, 1.0), (-2.0, 2.0) })
            RequireEqual(module, name, graph, Draw(random, lower, upper, module, graph.Input.Shape));
    }

    private static void RequireEveryWeight(nn.Module module, string name, Graph graph)
    {
        var used = graph.Modules.SelectMany(State).Select(weight => weight.Value).ToHashSet<object>(ReferenceEqualityComparer.Instance);
        foreach (var (weight, value) in State(module))
        {
            if (!used.Contains(value))
                throw new GraphException(name, $"its '{weight}' is used by none of the nodes that it declares.") { Value = weight };
        }
    }

    private static IEnumerable<(string Name, Tensor Value)> State(nn.Module module) =>
        module.named_parameters().Select(named => (named.name, (Tensor)named.parameter))
            .Concat(module.named_buffers().Select(named => (named.name, named.buffer)));

    private static void RequireEqual(nn.Module<Tensor, Tensor> module, string name, Graph graph, Tensor inputs)
    {
        // Copies, since a module may work in place.
        var declared = graph.Forward(inputs.clone()).to(float64);
        var own = Run(module, name, inputs.clone()).to(float64);
        if (!own.shape.SequenceEqual(declared.shape))
        {
            throw new GraphException(
                name,
                $"its forward gives [{string.Join(", ", own.shape.Skip(1))}], but the nodes that it declares give "
                + $"[{string.Join(", ", declared.shape.Skip(1))}].")
            {
                Value = own.shape,
            };
        }

        var scale = own.abs().max().item<double>();
        var difference = (own - declared).abs().max().item<double>();
        if (!double.IsFinite(difference) || difference > Tolerance * scale)
        {
            throw new GraphException(
                name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"its forward and the nodes that it declares differ by up to {difference:g3} on random inputs, where its outputs are "
                    + $"up to {scale:g3}."))
            {
                Value = difference,
            };
        }
    }

    private static Tensor Run(nn.Module<Tensor, Tensor> module, string name, Tensor inputs)
    {
        try
        {
            return module.call(inputs);
        }
        catch (Exception error)
        {
            throw new GraphException(name,
                $"its forward fails on random inputs [{string.Join(", ", inputs.shape)}]. {error.Message}", error) { Value = inputs.shape };
        }
    }

    // Numbers of our own, so that torch's generator stays as it is.
    private static Tensor Draw(Random random, double lower, double upper, nn.Module module, IReadOnlyList<long> shape)
    {
        var count = shape.Aggregate((long)Images, (product, size) => product * size);
        var numbers = new float[count];
        for (var index = 0; index < numbers.Length; index++)
            numbers[index] = (float)(lower + (random.NextDouble() * (upper - lower)));
        var inputs = tensor(numbers, [Images, .. shape]);
        return module.parameters().FirstOrDefault() is { } weight ? inputs.to(weight.dtype, weight.device) : inputs;
    }
}
