namespace RobustPruning.Onnx.Wire;

/// <summary>A <c>ValueInfoProto</c>: an input or output of a graph.</summary>
internal sealed class ValueMessage
{
    public string Name { get; private set; } = string.Empty;

    /// <summary>The type of its values; undefined if it is no tensor.</summary>
    public ElementType Type { get; private set; }

    /// <summary>Its shape, null where a size is left open; null as a whole if no shape is declared.</summary>
    public List<long?>? Shape { get; private set; }

    public static ValueMessage Read(WireReader reader)
    {
        var value = new ValueMessage();
        object? type = null;
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 1: value.Name = reader.Text(); break;
                case 2: type = reader.Only(type, value.ReadType); break;
            }
        }

        return value;
    }

    private object ReadType(WireReader reader)
    {
        object? type = null;
        foreach (var field in reader.Fields())
        {
            if (field == 1)
                type = reader.Only(type, ReadTensorType);
        }

        return this;
    }

    private object ReadTensorType(WireReader reader)
    {
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 1: Type = (ElementType)reader.Integer(); break;
                case 2: Shape = reader.Only(Shape, ReadShape); break;
            }
        }

        return this;
    }

    private static List<long?> ReadShape(WireReader reader)
    {
        var shape = new List<long?>();
        foreach (var field in reader.Fields())
        {
            if (field == 1)
                shape.Add(reader.Message(ReadSize));
        }

        return shape;
    }

    private static long? ReadSize(WireReader reader)
    {
        long? size = null;
        foreach (var field in reader.Fields())
        {
            if (field == 1)
                size = reader.Integer();
        }

        return size;
    }
}
