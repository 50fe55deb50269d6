using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Lowering;

/// <summary>Adds nodes to a graph under names that are free, in the shapes that their readers want, and none that are not needed.</summary>
internal sealed class NetworkBuilder : IDisposable
{
    // What an interpolation calls its nodes.
    private static readonly string[] Interpolated =
    [
        .. new[] { "low", "high", "lowWeight", "highWeight" }.SelectMany(part => new[] { part, $"rows.{part}" }),
        "rows",
    ];

    // What a normalisation calls them.
    private static readonly string[] Normalized =
    [
        "deviation", "minus", "negative", "squares", "factor", "root", "normal",
        .. new[] { "mean", "variance" }.SelectMany(part => new[] { part, $"{part}.channels", $"{part}.groups", $"{part}.parts" }),
    ];

    private readonly GraphBuilder _builder;
    private readonly NodeNames _names;
    private readonly List<nn.Module> _modules = [];
    private readonly Dictionary<string, List<nn.Module>> _weights = [];
    private readonly Dictionary<(GraphNode, string), GraphNode> _reshaped = [];

    /// <summary>Starts with the input.</summary>
    /// <param name="inputName">Its name in the model.</param>
    /// <param name="inputShape">Its shape in the model.</param>
    /// <param name="hasBatch">Whether the first axis of the model's values is the batch.</param>
    /// <param name="limits">What the model may ask for.</param>
    public NetworkBuilder(string inputName, IReadOnlyList<long> inputShape, bool hasBatch, Limits limits)
    {
        long[] sample = [.. inputShape.Skip(hasBatch ? 1 : 0)];
        limits.Require(sample);
        _builder = new GraphBuilder(new InputDescription(inputName, sample.Length > 0 ? sample : [1]));
        (_names, Limits, HasBatch) = (new NodeNames([inputName]), limits, hasBatch);
        Input = new Variable(_builder.Input, inputShape, hasBatch);
    }

    public Limits Limits { get; }

    /// <summary>Whether the first axis of the model's values is the batch.</summary>
    public bool HasBatch { get; }

    /// <summary>The model's input.</summary>
    public Variable Input { get; }

    /// <summary>The same values in another shape; the node itself where it has that shape.</summary>
    public GraphNode As(GraphNode node, IReadOnlyList<long> shape)
    {
        // A scalar is a vector of one value.
        if (shape.Count == 0)
            shape = [1];
        if (node is RearrangementNode { Sources: null } or FlattenNode)
            node = node.Inputs[0];
        if (node.Shape.SequenceEqual(shape))
            return node;
        var key = (node, string.Join('x', shape));
        if (!_reshaped.TryGetValue(key, out var reshaped))
            _reshaped[key] = reshaped = Reshape(_names.Free($"{node.Name}/reshape"), node, shape);
        return reshaped;
    }

    /// <summary>The values at other places; two rearrangements one after the other become one.</summary>
    public GraphNode Rearrangement(string name, GraphNode input, Places places)
    {
        Limits.Require(places.Shape);
        long[] shape = places.Shape.Length > 0 ? places.Shape : [1];
        if (places.Sources.Length == input.Neurons && places.Sources.Index().All(source => source.Item == source.Index))
            return As(input, shape);
        var sources = places.Sources;
        while (input is FlattenNode or RearrangementNode)
        {
            if (input is RearrangementNode { Sources: { } before })
                sources = Array.ConvertAll(sources, source => source == Places.Zero ? Places.Zero : before[(int)source]);
            input = input.Inputs[0];
        }

        return _builder.Rearrangement(_names.Free(name), input, shape, sources);
    }

    /// <summary>A node that gives a constant in some shape: zeros, and the constant added.</summary>
    public GraphNode Constant(string name, ConstantValue constant, params long[] shape)
    {
        Limits.Spend(constant.Shape);
        if (shape.Length == 0)
            shape = [1];
        var zeros = new long[constant.Count];
        Array.Fill(zeros, Places.Zero);
        return Rescaling(
            name,
            _builder.Rearrangement(_names.Free($"{name}/zeros"), _builder.Input, shape, zeros),
            ones(1),
            constant.Floats().reshape(shape));
    }

    public GraphNode Rescaling(string name, GraphNode input, Tensor scale, Tensor shift)
    {
        Limits.Spend(scale.numel() + shift.numel());
        return _builder.Rescaling(_names.Free(name), input, Own(new Rescaling(scale.to(float32), shift.to(float32))));
    }

    public GraphNode Convolution(string name, GraphNode input, Conv2d module) =>
        Checked(_builder.Convolution(_names.Free(name), input, module));

    public GraphNode Linear(string name, GraphNode input, Linear module) => Checked(_builder.Linear(_names.Free(name), input, module));

    public GraphNode BatchNormalization(string name, GraphNode input, BatchNorm2d module) =>
        _builder.BatchNormalization(_names.Free(name), input, module);

    public GraphNode AveragePool(string name, GraphNode input, AvgPool2d module) =>
        Checked(_builder.AveragePool(_names.Free(name), input, Own(module)));

    public GraphNode GlobalAveragePool(string name, GraphNode input) =>
        _builder.AdaptiveAveragePool(_names.Free(name), input, Own(nn.AdaptiveAvgPool2d(1)));

    /// <summary>A map <c>[C, H, W]</c> of values between its own.</summary>
    public GraphNode Interpolate(string name, GraphNode input, Interpolation.Sample[] rows, Interpolation.Sample[] columns)
    {
        Limits.Spend(input.Channels, rows.Length, columns.Length);
        return Checked(Interpolation.Add(_builder, Free(name, Interpolated), input, rows, columns));
    }

    public GraphNode MaxPool(string name, GraphNode input, MaxPool2d module) =>
        Checked(_builder.MaxPool(_names.Free(name), input, Own(module)));

    public GraphNode Addition(string name, IReadOnlyList<GraphNode> inputs) => _builder.Addition(_names.Free(name), inputs);

    public GraphNode Concatenation(string name, IReadOnlyList<GraphNode> inputs) =>
        Checked(_builder.Concatenation(_names.Free(name), inputs));

    public GraphNode Relu(string name, GraphNode input) => _builder.Relu(_names.Free(name), input);

    public GraphNode LeakyRelu(string name, GraphNode input, double slope) => _builder.LeakyRelu(_names.Free(name), input, slope);

    public GraphNode Sigmoid(string name, GraphNode input) => _builder.Sigmoid(_names.Free(name), input);

    public GraphNode Tanh(string name, GraphNode input) => _builder.Tanh(_names.Free(name), input);

    public GraphNode Clip(string name, GraphNode input, double minimum, double maximum) =>
        _builder.Clip(_names.Free(name), input, minimum, maximum);

    /// <summary>Ends the graph: the outputs get their names, and no other node has one of these.</summary>
    /// <param name="outputs">The outputs, each with its name.</param>
    public Graph Build(IReadOnlyList<(string Name, GraphNode Node)> outputs)
    {
        // The input, or a node that is several outputs, gets a name more.
        var named = new Dictionary<GraphNode, string>();
        foreach (var (name, node) in outputs)
        {
            if (node == Input.Node || !named.TryAdd(node, name))
                named.Add(_builder.Reshape(_names.Free(name), node, node.Shape), name);
        }

        var names = new NodeNames([Input.Node.Name, .. named.Values]);
        var builder = new GraphBuilder((InputDescription)Input.Node.Description);
        var renamed = new Dictionary<GraphNode, GraphNode> { [Input.Node] = builder.Input };
        var owners = _weights.Values.SelectMany(layers => layers.Skip(1).Select(layer => (Layer: layer, First: layers[0])))
            .DistinctBy(tied => tied.Layer).ToDictionary(tied => tied.Layer, tied => tied.First);
        var ownerNames = new Dictionary<nn.Module, string>();
        foreach (var node in _builder.Build([.. named.Keys]).Nodes.Skip(1).Where(node => !node.JoinsOutputs))
        {
            GraphNode[] inputs = [.. node.Inputs.Select(input => renamed[input])];
            var name = named.TryGetValue(node, out var given) ? given : names.Free(node.Name);
            var owner =
                node.Module is not null && owners.TryGetValue(node.Module, out var first) ? ownerNames.GetValueOrDefault(first) : null;
            if (node.Module is not null)
                ownerNames[node.Module] = name;
            renamed[node] = builder.Add(
                node.Description with
                {
                    Name = name,
                    Inputs = [.. inputs.Select(input => input.Name)],
                    WeightsOf = owner,
                },
                inputs,
                node.Module);
        }

        var byName = named.ToDictionary(output => output.Value, output => renamed[output.Key]);
        return builder.Build([.. outputs.Select(output => byName[output.Name])]);
    }

    /// <summary>Makes the module a part of this network, which goes with it if it cannot be built.</summary>
    public T Own<T>(T module)
        where T : nn.Module
    {
        _modules.Add(module);
        return module;
    }

    /// <summary>How many modules there are so far.</summary>
    public int Modules => _modules.Count;

    /// <summary>Takes note that the layers from some module on have their weights from a constant of the file.</summary>
    public void HaveWeights(int first, string constant)
    {
        if (!_weights.TryGetValue(constant, out var layers))
            _weights[constant] = layers = [];
        layers.AddRange(_modules.Skip(first).Where(module => module.parameters().Any()));
    }

    /// <summary>Disposes the modules; for a network that could not be built.</summary>
    public void Dispose()
    {
        foreach (var module in _modules)
            module.Dispose();
    }

    /// <summary>A normalisation by the value's own statistics.</summary>
    public GraphNode Normalization(string name, Func<GraphBuilder, string, GraphNode> add) => add(_builder, Free(name, Normalized));

    public GraphNode Softmax(string name, GraphNode input, int axis) => _builder.Softmax(Free(name, ["softmax", "parts"]), input, axis);

    public GraphNode Function(string name, GraphNode input, ScalarFunction function, double epsilon = 0) =>
        _builder.Function(_names.Free(name), input, function, epsilon);

    /// <summary>The product of two values of one shape.</summary>
    public GraphNode Product(string name, GraphNode first, GraphNode second) => _builder.Product(_names.Free(name), first, second);

    /// <summary>The node whose values these are, in the same order but another shape perhaps.</summary>
    public GraphNode Unshaped(GraphNode node)
    {
        while (node is RearrangementNode { Sources: null } or FlattenNode)
            node = node.Inputs[0];
        return node;
    }

    /// <summary>A free name whose parts are free, too.</summary>
    private string Free(string name, IReadOnlyList<string> parts)
    {
        name = _names.Free(name);
        return parts.All(part => _names.Free($"{name}.{part}") == $"{name}.{part}") ? name : Free($"{name}_", parts);
    }

    private GraphNode Reshape(string name, GraphNode node, IReadOnlyList<long> shape) =>
        shape.Count == 1 && node.Shape.Count > 1 ? _builder.Flatten(name, node) : _builder.Reshape(name, node, shape);

    private GraphNode Checked(GraphNode node)
    {
        Limits.Require(node.Shape);
        return node;
    }
}
