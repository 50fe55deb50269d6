using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Operators;
using RobustPruning.Onnx.Wire;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Lowering;

/// <summary>Makes a graph of a model: constants first, then the nodes that the outputs depend on, in their order.</summary>
internal sealed class ModelLowering
{
    private const int MostOutputs = 1000;

    private readonly GraphMessage _graph;
    private readonly ModelInput _input;
    private readonly ExternalFiles _files;
    private readonly OnnxLoadOptions _options;
    private readonly Func<string, IOperator?> _find;
    private readonly long _modelBytes;
    private readonly long _opset;
    private readonly Dictionary<string, Value> _values = [];

    // For each constant the initialisers of more than one axis that it is made of.
    private readonly Dictionary<string, HashSet<string>> _roots = [];

    // Sums that a layer has taken along as its bias.
    private readonly HashSet<NodeMessage> _taken = [];

    /// <summary>Reads what every way to lower the model shares.</summary>
    /// <param name="model">The model.</param>
    /// <param name="modelBytes">The size of its file.</param>
    /// <param name="files">The files beside it.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="find">Gives the operator of a name, or null.</param>
    /// <exception cref="OnnxException">The model is of an opset that is not supported, or its input is not supported.</exception>
    public ModelLowering(ModelMessage model, long modelBytes, ExternalFiles files, OnnxLoadOptions options, Func<string, IOperator?> find)
    {
        (_graph, _modelBytes, _files, _options, _find) = (model.Graph, modelBytes, files, options, find);
        if (!model.Opsets.TryGetValue(string.Empty, out _opset))
            throw new OnnxException("it declares no version of the standard operator set.");
        if (_opset is < 1 or > Opsets.Last)
            throw new OnnxException($"it is of opset {_opset}; {Opsets.First} to {Opsets.Last} are supported.")
                { Name = "opset", Value = _opset };
        if (_graph.Outputs.Count is 0 or > MostOutputs)
            throw new OnnxException($"it has {_graph.Outputs.Count} outputs; 1 to {MostOutputs} are supported.");
        if (OutputNames.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new OnnxException($"two outputs have the name '{twice.Key}'.") { Name = twice.Key };
        _input = ModelInput.Of(_graph, _opset, options);
    }

    public long Opset => _opset;

    public ModelInput Input => _input;

    public IReadOnlyList<string> OutputNames => [.. _graph.Outputs.Select(output => output.Name)];

    /// <summary>The network, with the first axis as the batch or not.</summary>
    /// <exception cref="OnnxException">The model cannot be lowered so.</exception>
    public GraphModule Lower(bool hasBatch)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (hasBatch && _input.Shape.Count < 2)
            throw new OnnxException(
                $"its input has the shape [{string.Join(", ", _input.Shape)}], of which no axis is left beside the batch.")
            {
                MixesBatch = true,
            };
        var network = new NetworkBuilder(_input.Name, _input.Shape, hasBatch, new Limits(_options.MaxValues, _modelBytes, _files));
        try
        {
            ReadConstants();
            Add(_input.Name, network.Input);
            string[] outputs = [.. OutputNames.Select(Source)];
            var nodes = NeededNodes.Of(_graph, outputs).ToList();
            var readers = new OnlyReaders(nodes, outputs);
            foreach (var node in nodes.Where(node => !_taken.Contains(node)))
                Lower(node, network, readers);
            return Finish(network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private void ReadConstants()
    {
        _values.Clear();
        _taken.Clear();
        _roots.Clear();
        foreach (var tensor in _graph.Initializers)
        {
            var constant = StoredConstant.Of(tensor, _files);
            Add(tensor.Name, constant);
            if (constant.Shape.Count > 1 && !constant.IsWhole)
                _roots[tensor.Name] = [tensor.Name];
        }

        foreach (var (name, value) in _options.Constants)
            _values[name] = new ComputedConstant(value.to(value.is_floating_point() ? float32 : int64).alias());
    }

    private void Lower(NodeMessage node, NetworkBuilder network, OnlyReaders readers)
    {
        using var scope = NewDisposeScope();
        var inputs = node.Inputs.Select(name => name.Length == 0 ? null : _values.GetValueOrDefault(name)
            ?? throw Refuse(node, $"it reads '{name}', which no node before it gives, and no input or initialiser is.")).ToList();
        var addend = FindAddend(node, readers);
        var call = new OperatorCall(node, _opset, inputs, network, _files, addend);
        var modules = network.Modules;
        var roots = node.Inputs.SelectMany(name => _roots.GetValueOrDefault(name, [])).ToHashSet();
        IReadOnlyList<Value> outputs;
        try
        {
            outputs = Find(node).Lower(call);
            call.RequireAllRead();
        }
        catch (OnnxException error) when (error.Operator is null && error.Path.Length == 0)
        {
            throw Refuse(node, error.Message);
        }
        catch (Exception error) when (error is not (OnnxException or OutOfMemoryException))
        {
            throw Refuse(node, error.Message, error);
        }

        foreach (var root in network.Modules > modules ? roots : [])
            network.HaveWeights(modules, root);

        // A bias that was taken along: the sum is what came out.
        if (call.HasTakenBias)
        {
            Add(call.Name, outputs[0]);
            _taken.Add(addend!.Sum);
            return;
        }

        foreach (var (index, name) in node.Outputs.Index().Where(output => output.Item.Length > 0))
        {
            if (index >= outputs.Count)
                throw Refuse(node, $"its output {index}, '{name}', is not supported.");
            var value = outputs[index];
            if (value is ConstantValue && roots.Count > 0)
                _roots[name] = roots;
            Add(name, value is ComputedConstant made && !inputs.Contains(value) ? made.Outlive() : value);
        }
    }

    private Addend? FindAddend(NodeMessage node, OnlyReaders readers)
    {
        if (_opset < 7
            || node.Outputs is not [var output]
            || readers.Find(output)
                is not { Operator: "Add", Domain: "" or "ai.onnx", Inputs: [var first, var second], Outputs: [_], Attributes: [] } sum)
            return null;
        return _values.GetValueOrDefault(first == output ? second : first) is ConstantValue { IsWhole: false } constant
            ? new Addend(sum, constant)
            : null;
    }

    private IOperator Find(NodeMessage node)
    {
        if (node.Domain is not ("" or "ai.onnx"))
            throw Refuse(node, $"its operator set '{node.Domain}' is not supported.");
        var found = _find(node.Operator) ?? throw Refuse(node, "this operator is not supported.");
        return _opset >= found.FirstOpset
            ? found
            : throw Refuse(
                node,
                $"its definition of before opset {found.FirstOpset} is not supported; opsets {Opsets.First} to {Opsets.Last} are.");
    }

    private GraphModule Finish(NetworkBuilder network)
    {
        try
        {
            var module = new GraphModule(network.Build([.. OutputNames.Select(name => (name, Output(network, name)))]));
            module.eval();
            return module;
        }
        catch (Exception error) when (error is not (OnnxException or OutOfMemoryException))
        {
            throw new OnnxException(error.Message, error);
        }
    }

    private GraphNode Output(NetworkBuilder network, string name)
    {
        var value = _values.GetValueOrDefault(Source(name)) ?? throw new OnnxException($"its output '{name}' is given by no node.")
            { Name = name };
        if (value is Variable variable)
            return network.As(variable.Node, value.SampleShape);
        if (network.HasBatch || value.Count == 0)
            throw new OnnxException($"its output '{name}' of shape [{string.Join(", ", value.Shape)}] is the same for every input.")
            {
                MixesBatch = network.HasBatch,
            };
        return network.Constant(name, (ConstantValue)value, [.. value.Shape]);
    }

    // Where a last Softmax is left out, the output is what it reads.
    private string Source(string output) =>
        _options.StopBeforeSoftmax
        && _graph.Nodes.Find(node => node.Operator == "Softmax" && node.Outputs.Contains(output)) is { Inputs: [var logits, ..] }
            ? logits
            : output;

    private void Add(string name, Value value)
    {
        if (!_values.TryAdd(name, value))
            throw new OnnxException($"two values have the name '{name}'.") { Name = name };
    }

    private OnnxException Refuse(NodeMessage node, string problem, Exception? inner = null) =>
        new(node.Operator, node.Name, _opset, problem, inner);
}
