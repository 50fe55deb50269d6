using RobustPruning.Graphs;
using RobustPruning.Onnx.Wire;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Writing;

/// <summary>Writes a graph's nodes as ONNX operators, each under the name of its value.</summary>
internal sealed class GraphWriter
{
    /// <summary>The opset that is written.</summary>
    public const long Opset = 17;

    private const long FormatVersion = 8;

    private readonly Graph _graph;
    private readonly OnnxSaveOptions _options;
    private readonly MessageWriter _message = new();
    private readonly MessageWriter _initializers = new();
    private readonly Dictionary<GraphNode, string> _names = [];
    private readonly HashSet<string> _taken = [];
    private readonly Dictionary<(GraphNode, string), string> _weights = [];
    private readonly List<string> _outputs = [];

    private GraphWriter(Graph graph, OnnxSaveOptions options) => (_graph, _options) = (graph, options);

    /// <summary>The file's message; tensors of the current scope and of the graph must live until it is written.</summary>
    public static MessageWriter Write(Graph graph, OnnxSaveOptions options)
    {
        var writer = new GraphWriter(graph, options);
        writer.WriteGraph();
        return new MessageWriter().Integer(1, FormatVersion).Text(2, nameof(RobustPruning)).Message(7, writer._message)
            .Message(8, new MessageWriter().Text(1, string.Empty).Integer(2, Opset));
    }

    /// <summary>The name of a node's value.</summary>
    public string this[GraphNode node] => _names[node];

    /// <summary>A name that no other value has.</summary>
    public string Free(string wanted)
    {
        var name = wanted;
        for (var count = 2; !_taken.Add(name); count++)
            name = $"{wanted}_{count}";
        return name;
    }

    /// <summary>Adds an operator with one output.</summary>
    /// <returns>The name of the output.</returns>
    public string Add(string operatorName, string output, IReadOnlyList<string> inputs, params IReadOnlyList<MessageWriter> attributes)
    {
        var node = new MessageWriter();
        foreach (var input in inputs)
            node.Text(1, input);
        node.Text(2, output).Text(3, output).Text(4, operatorName);
        foreach (var attribute in attributes)
            node.Message(5, attribute);
        _message.Message(1, node);
        return output;
    }

    /// <summary>Adds a constant of 32-bit floating point numbers.</summary>
    /// <returns>Its name.</returns>
    public string Constant(string wanted, Tensor values)
    {
        var name = Free(wanted);
        var stored = values.detach().cpu().to(float32).contiguous();
        _initializers.Message(5, Dimensions(stored.shape).Integer(2, (long)ElementType.Float).Text(8, name).Floats(9, stored));
        return name;
    }

    /// <summary>Adds a weight of a layer; not again where it is that of the layer with which this one shares its weights.</summary>
    /// <returns>Its name.</returns>
    public string Weight(string kind, Tensor values, GraphNode layer)
    {
        foreach (var (_, first) in _graph.TiedLayers.Where(tied => tied.Layer == layer))
        {
            if (first.Module!.get_parameter(kind) is { } shared
                && shared.shape.SequenceEqual(values.shape)
                && shared.equal(values).all().item<bool>()
                && _weights.TryGetValue((first, kind), out var name))
                return name;
        }

        return _weights[(layer, kind)] = Constant($"{this[layer]}.{kind}", values);
    }

    /// <summary>Adds a constant list of whole numbers.</summary>
    /// <returns>Its name.</returns>
    public string Constant(string wanted, IReadOnlyList<long> values)
    {
        var name = Free(wanted);
        _initializers.Message(5, Dimensions([values.Count]).Integer(2, (long)ElementType.Int64).Text(8, name).Bytes(9, values));
        return name;
    }

    private void WriteGraph()
    {
        NameValues();

        // One vector of several outputs is this library's own.
        foreach (var node in _graph.Nodes.Skip(1).Where(node => !node.JoinsOutputs))
            NodeWriter.Write(this, node);

        // Nothing may be input and output at once.
        foreach (var (output, name) in _graph.Outputs.Zip(_outputs).Where(output => output.First == _graph.Input))
            Add("Identity", name, [this[output]]);
        _message.Text(2, _options.GraphName);
        _message.Append(_initializers);
        _message.Message(11, Value(this[_graph.Input], _graph.Input.Shape));
        foreach (var (output, name) in _graph.Outputs.Zip(_outputs))
            _message.Message(12, Value(name, output.Shape));
    }

    private void NameValues()
    {
        var outputs = _graph.Outputs;
        if (_options.OutputNames is { } names && names.Count != outputs.Count)
            throw new ArgumentException(
                $"There are {names.Count} output names for {outputs.Count} outputs.",
                nameof(OnnxSaveOptions.OutputNames));
        _names[_graph.Input] = Take(_options.InputName ?? _graph.Input.Name);
        foreach (var (index, output) in outputs.Index().Where(output => output.Item != _graph.Input))
            _names[output] = Take(_options.OutputNames?[index] ?? output.Name);
        foreach (var (index, output) in outputs.Index())
            _outputs.Add(output != _graph.Input ? this[output] : _options.OutputNames is { } given ? Take(given[index]) : Free("output"));
        foreach (var node in _graph.Nodes.Where(node => !_names.ContainsKey(node)))
            _names[node] = Free(node.Name);
    }

    private string Take(string name) => name.Length > 0 && _taken.Add(name)
        ? name
        : throw new ArgumentException($"The name '{name}' is empty, or of two inputs or outputs.", nameof(OnnxSaveOptions));

    private static MessageWriter Dimensions(IReadOnlyList<long> shape) => new MessageWriter().Integers(1, shape);

    private static MessageWriter Value(string name, IReadOnlyList<long> shape)
    {
        var sizes = new MessageWriter().Message(1, new MessageWriter().Text(2, "N"));
        foreach (var size in shape)
            sizes.Message(1, new MessageWriter().Integer(1, size));
        var type = new MessageWriter().Integer(1, (long)ElementType.Float).Message(2, sizes);
        return new MessageWriter().Text(1, name).Message(2, new MessageWriter().Message(1, type));
    }
}
