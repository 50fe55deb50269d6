using RobustPruning.Onnx.Wire;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests;

/// <summary>Writes ONNX models operator by operator, as other tools would.</summary>
internal sealed class ModelBuilder(long opset = 17)
{
    private readonly MessageWriter _graph = new();

    /// <summary>An input or output; null for a size that is left open.</summary>
    public ModelBuilder Input(string name, params long?[] shape) => Value(11, name, ElementType.Float, shape);

    public ModelBuilder InputOf(ElementType type, string name, params long?[] shape) => Value(11, name, type, shape);

    public ModelBuilder Output(string name, params long?[] shape) => Value(12, name, ElementType.Float, shape);

    /// <summary>An operator with one output, which also names the node.</summary>
    public ModelBuilder Add(string operatorName, string output, string[] inputs, params MessageWriter[] attributes) =>
        AddWith(operatorName, string.Empty, [output], inputs, attributes);

    public ModelBuilder AddWith(string operatorName, string domain, string[] outputs, string[] inputs, params MessageWriter[] attributes)
    {
        var node = new MessageWriter();
        foreach (var input in inputs)
            node.Text(1, input);
        foreach (var output in outputs)
            node.Text(2, output);
        node.Text(3, $"node_{outputs[0]}").Text(4, operatorName).Text(7, domain);
        foreach (var attribute in attributes)
            node.Message(5, attribute);
        _graph.Message(1, node);
        return this;
    }

    public ModelBuilder Initializer(string name, Tensor values) => Initializer(Floats(name, values));

    public ModelBuilder Initializer(string name, params long[] values) => Initializer(Integers(name, values));

    public ModelBuilder Initializer(MessageWriter tensor)
    {
        _graph.Message(5, tensor);
        return this;
    }

    public static MessageWriter Floats(string name, Tensor values) =>
        new MessageWriter()
            .Integers(1, values.shape)
            .Integer(2, (long)ElementType.Float)
            .Text(8, name)
            .Floats(9, values.detach().to(float32).contiguous());

    public static MessageWriter Integers(string name, params long[] values) =>
        new MessageWriter().Integers(1, [values.Length]).Integer(2, (long)ElementType.Int64).Text(8, name).Bytes(9, values);

    /// <summary>A tensor with the bytes of its values.</summary>
    public static MessageWriter Raw(string name, ElementType type, long[] shape, byte[] bytes) =>
        new MessageWriter().Integers(1, shape).Integer(2, (long)type).Text(8, name).Bytes(9, bytes);

    public static MessageWriter Attribute(string name, MessageWriter tensor) =>
        new MessageWriter().Text(1, name).Integer(20, 4).Message(5, tensor);

    public static MessageWriter Text(string name, string value) => new MessageWriter().Text(1, name).Integer(20, 3).Text(4, value);

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        new MessageWriter()
            .Integer(1, 8)
            .Message(7, _graph)
            .Message(8, new MessageWriter().Text(1, string.Empty).Integer(2, opset))
            .WriteTo(stream);
        return stream.ToArray();
    }

    public void Save(string path) => File.WriteAllBytes(path, ToBytes());

    private ModelBuilder Value(int field, string name, ElementType type, long?[] shape)
    {
        var sizes = new MessageWriter();
        foreach (var size in shape)
            sizes.Message(1, size is { } known ? new MessageWriter().Integer(1, known) : new MessageWriter().Text(2, "open"));
        var tensorType = new MessageWriter().Integer(1, (long)type).Message(2, sizes);
        _graph.Message(field, new MessageWriter().Text(1, name).Message(2, new MessageWriter().Message(1, tensorType)));
        return this;
    }
}
