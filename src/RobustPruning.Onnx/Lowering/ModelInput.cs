using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Wire;

namespace RobustPruning.Onnx.Lowering;

/// <summary>The one input of a model that is no constant.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its shape with the batch, all sizes positive.</param>
internal sealed record ModelInput(string Name, IReadOnlyList<long> Shape)
{
    /// <summary>Finds the input, and its shape in the file or in the options.</summary>
    /// <exception cref="OnnxException">There are several inputs, or it has another type or no shape.</exception>
    public static ModelInput Of(GraphMessage graph, long opset, OnnxLoadOptions options)
    {
        var fixedNames = graph.Initializers.Select(tensor => tensor.Name).ToHashSet();
        if (options.Constants.Keys.FirstOrDefault(name => graph.Inputs.All(input => input.Name != name)) is { } unknown)
            throw new OnnxException($"it has no input '{unknown}' to give a value; its inputs are {Names(graph.Inputs)}.")
                { Name = unknown };
        fixedNames.UnionWith(options.Constants.Keys);
        var inputs = graph.Inputs.Where(input => !fixedNames.Contains(input.Name)).ToList();

        // A model without inputs is a constant: its network reads a number and ignores it.
        if (inputs.Count == 0)
            return new ModelInput(FreeName(graph), [1]);
        if (inputs.Count > 1)
            throw new OnnxException(
                $"it has the inputs {Names(inputs)}; all but one need a value in "
                + $"{nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.Constants)}.");
        var input = inputs[0];
        if (input.Type != ElementType.Float)
            throw Refuse(
                graph,
                opset,
                input,
                $"the model's input '{input.Name}' has values of type {input.Type}; only 32-bit floating point tensors are supported.");
        if (options.InputShape?.Contains(0) == true || input.Shape?.Contains(0) == true)
            throw Refuse(graph, opset, input, $"the model's input '{input.Name}' has no values.");
        return new ModelInput(input.Name, FindShape(input, options));
    }

    /// <summary>The error of whoever reads the input first.</summary>
    private static OnnxException Refuse(GraphMessage graph, long opset, ValueMessage input, string problem) =>
        graph.Nodes.Find(node => node.Inputs.Contains(input.Name)) is { } reader
            ? new OnnxException(reader.Operator, reader.Name, opset, problem)
            : new OnnxException(problem);

    private static IReadOnlyList<long> FindShape(ValueMessage input, OnnxLoadOptions options)
    {
        if (options.InputShape is { } asked && input.Shape is { } stated
            && (asked.Count != stated.Count || asked.Zip(stated).Any(size => size.Second is { } known && known != size.First)))
        {
            throw new OnnxException($"its input '{input.Name}' has the shape [{Text(input)}], which "
                + $"{nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.InputShape)} [{string.Join(", ", asked)}] does not fit.")
                { Name = input.Name, Value = asked };
        }

        // Of what is left open, only the batch has a natural size.
        var declared = options.InputShape is { } given
            ? given
            : input.Shape?.Index().Select(size => size.Item ?? (size.Index == 0 ? 1 : 0)).ToList();
        if (declared is null || declared.Contains(0))
        {
            throw new OnnxException($"its input '{input.Name}' has the shape [{Text(input)}], which leaves sizes open; "
                + $"say them in {nameof(OnnxLoadOptions)}.{nameof(OnnxLoadOptions.InputShape)}.");
        }

        if (Sizes.Count(declared) is null or 0)
            throw new OnnxException($"its input '{input.Name}' has the impossible shape [{string.Join(", ", declared)}].")
                { Name = input.Name, Value = declared };
        return declared;
    }

    private static string Text(ValueMessage input) =>
        input.Shape is null ? "?" : string.Join(", ", input.Shape.Select(size => size?.ToString() ?? "?"));

    private static string Names(IEnumerable<ValueMessage> values) => string.Join(", ", values.Select(value => $"'{value.Name}'"));

    private static string FreeName(GraphMessage graph)
    {
        var taken = graph.Nodes.SelectMany(node => node.Outputs).Concat(graph.Initializers.Select(tensor => tensor.Name)).ToHashSet();
        var name = "input";
        while (!taken.Add(name))
            name += "_";
        return name;
    }
}
