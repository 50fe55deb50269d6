using RobustPruning.Graphs;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Wire;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Lowering;

/// <summary>One node of a model, on its way into the graph: its inputs, its attributes, and the network that grows.</summary>
internal sealed class OperatorCall(
    NodeMessage node, long opset, IReadOnlyList<Value?> inputs, NetworkBuilder network, ExternalFiles files, Addend? addend)
{
    private readonly HashSet<string> _read = [];

    public NodeMessage Node => node;

    public long Opset => opset;

    public NetworkBuilder Network => network;

    /// <summary>Whether the constant that is added to the output is in it already.</summary>
    public bool HasTakenBias { get; private set; }

    /// <summary>The name of the graph's node that gives the first output.</summary>
    public string Name => HasTakenBias ? addend!.Sum.Outputs[0] : node.Outputs.FirstOrDefault(output => output.Length > 0) ?? node.Name;

    public int InputCount => inputs.Count;

    public bool Has(int index) => index < inputs.Count && inputs[index] is not null;

    /// <summary>The input, whatever it is.</summary>
    public Value Input(int index) => Has(index) ? inputs[index]! : throw Refuse($"its input {index} is missing.");

    /// <summary>The input as a value of the graph; a constant becomes one.</summary>
    public Variable VariableInput(int index) => ToVariable(Input(index), $"{Name}/constant");

    /// <summary>The input, which must be a constant.</summary>
    public ConstantValue Constant(int index) => Input(index) as ConstantValue
        ?? throw Refuse($"its input {index}, '{node.Inputs[index]}', depends on the model's input; only constants are supported there.");

    /// <summary>The input as whole numbers, null if it is left out.</summary>
    public long[]? Integers(int index)
    {
        if (!Has(index))
            return null;
        var constant = Constant(index);
        network.Limits.Spend(constant.Count);
        return constant.Integers();
    }

    /// <summary>The input as whole numbers.</summary>
    public long[] RequireIntegers(int index) => Integers(index) ?? throw Refuse($"its input {index} is missing.");

    /// <summary>The input as one number, null if it is left out.</summary>
    public double? Number(int index)
    {
        if (!Has(index))
            return null;
        var constant = Constant(index);
        if (constant.Count != 1)
            throw Refuse($"its input {index} has {constant.Count} values instead of one.");
        using var scope = NewDisposeScope();
        return constant.Floats().item<float>();
    }

    /// <summary>A value of the graph. A constant that becomes one is the same for every sample.</summary>
    public Variable ToVariable(Value value, string name)
    {
        if (value is Variable variable)
            return variable;
        if (value.Count == 0)
            throw Refuse("it reads a constant without values.");
        if (network.HasBatch && (value.Shape.Count == 0 || value.Shape[0] != 1 || network.Input.Shape[0] != 1))
            throw MixesBatch();
        return new Variable(
            network.Constant(name, (ConstantValue)value, [.. value.Shape.Skip(network.HasBatch ? 1 : 0)]),
            value.Shape,
            network.HasBatch);
    }

    /// <summary>
    /// Takes the constant that is added to the output, if it is one number for each entry of an axis; the output is the sum then.
    /// </summary>
    public ConstantValue? TakeBias(int fromEnd, long size, int axes)
    {
        HasTakenBias = addend?.IsBias(fromEnd, size, axes) == true;
        return HasTakenBias ? addend!.Constant : null;
    }

    /// <summary>The constant in an attribute, null if there is none.</summary>
    public ConstantValue? Tensor(string name) => Attribute(name, AttributeType.Tensor) is { } found
        ? StoredConstant.Of(found.Tensor ?? throw Refuse($"its attribute '{name}' has no value."), files)
        : null;

    public long? Integer(string name) => Attribute(name, AttributeType.Integer)?.Integer;

    public long Integer(string name, long otherwise) => Integer(name) ?? otherwise;

    public float? Float(string name) => Attribute(name, AttributeType.Float)?.Float;

    public double Float(string name, double otherwise) => Float(name) ?? otherwise;

    public string Text(string name, string otherwise) => Attribute(name, AttributeType.Text)?.Text ?? otherwise;

    public long[]? Integers(string name) => Attribute(name, AttributeType.Integers)?.Integers.ToArray();

    public float[]? Floats(string name) => Attribute(name, AttributeType.Floats)?.Floats.ToArray();

    /// <summary>Attributes that change nothing.</summary>
    public void Ignore(params IReadOnlyList<string> names) => _read.UnionWith(names);

    /// <summary>Refuses attributes that the operator has not read, whatever they mean.</summary>
    public void RequireAllRead()
    {
        if (node.Attributes.Find(attribute => !_read.Contains(attribute.Name)) is { } unknown)
            throw Refuse($"its attribute '{unknown.Name}' is not supported.");
    }

    /// <summary>An axis counted from the front; it may be given from the back.</summary>
    public int Axis(long axis, int axes) => axis >= -axes && axis < axes
        ? (int)(axis < 0 ? axis + axes : axis)
        : throw Refuse($"it has the axis {axis}, but there are {axes} axes.");

    /// <summary>An axis of a value for one sample.</summary>
    public int SampleAxis(Value value, long axis)
    {
        var full = Axis(axis, value.Shape.Count);
        if (value.HasBatch && full == 0)
            throw MixesBatch();
        return full - value.BatchShape.Length;
    }

    /// <summary>Every value of a sample at its place.</summary>
    public Places PlacesOf(Value value) => Places.Of(value.SampleShape, network.Limits);

    /// <summary>The values of a sample at other places.</summary>
    public Value Moved(Value value, Places places)
    {
        if (value is Variable && places.Sources.Length == 0)
            throw Refuse("nothing of its input is left.");
        if (value is ConstantValue constant)
            return new ComputedConstant(Gather(constant, places));
        return new Variable(
            network.Rearrangement(Name, ((Variable)value).Node, places),
            [.. value.BatchShape, .. places.Shape],
            value.HasBatch);
    }

    /// <summary>The same values in another shape, which must keep the batch.</summary>
    public Value Reshaped(Value value, IReadOnlyList<long> shape)
    {
        if (value is ConstantValue constant)
        {
            network.Limits.Spend(shape);
            return new ComputedConstant(constant.Read().reshape([.. shape]));
        }

        if (value.HasBatch && (shape.Count == 0 || shape[0] != value.Shape[0]))
            throw MixesBatch();
        return ((Variable)value).As(shape);
    }

    /// <summary>The values of a sample repeated along axes of size 1.</summary>
    public Variable Expanded(Variable value, IReadOnlyList<long> sampleShape) =>
        value.SampleShape.SequenceEqual(sampleShape)
            ? value
            : new Variable(
                network.Rearrangement($"{Name}/expand", value.Node, PlacesOf(value).Expand(sampleShape)),
                [.. value.BatchShape, .. sampleShape],
                value.HasBatch);

    public OnnxException Refuse(string problem) => new(node.Operator, node.Name, opset, problem);

    public OnnxException MixesBatch() =>
        new(
            node.Operator,
            node.Name,
            opset,
            "it mixes the samples of a batch, the first axis; with OnnxLoadOptions.Batch = None the whole tensor is one sample.")
        {
            MixesBatch = true,
        };

    // Old files state no types.
    private AttributeMessage? Attribute(string name, AttributeType type)
    {
        _read.Add(name);
        var found = node.Attributes.FindAll(attribute => attribute.Name == name);
        if (found.Count > 1)
            throw Refuse($"its attribute '{name}' is there twice.");
        if (found is not [var attribute])
            return null;
        if (attribute.IsReference)
            throw Refuse($"its attribute '{name}' refers to a function's, which is not supported.");
        return attribute.Type == type || attribute.Type == AttributeType.Undefined
            ? attribute
            : throw Refuse($"its attribute '{name}' is of the type {attribute.Type} instead of {type}.");
    }

    private static Tensor Gather(ConstantValue constant, Places places)
    {
        var values = constant.Read().flatten();
        var padded = cat([values, zeros(1, dtype: values.dtype)]);
        var index = tensor(Array.ConvertAll(places.Sources, source => source == Places.Zero ? values.numel() : source));
        return padded.index_select(0, index).reshape(places.Shape);
    }
}
