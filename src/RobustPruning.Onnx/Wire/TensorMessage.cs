namespace RobustPruning.Onnx.Wire;

/// <summary>A <c>TensorProto</c>: constant values, which stay in the file until they are wanted.</summary>
internal sealed class TensorMessage
{
    private readonly List<long> _shape = [];

    public string Name { get; private set; } = string.Empty;

    public ElementType Type { get; private set; }

    public IReadOnlyList<long> Shape => _shape;

    /// <summary>The values' bytes, little-endian, part by part.</summary>
    public List<ByteRange> Parts { get; } = [];

    /// <summary>The values, or the bits of 16-bit floating point numbers, where they are written as whole numbers.</summary>
    public List<long> Integers { get; } = [];

    /// <summary>
    /// Where the values are if in another file: <c>location</c>, <c>offset</c>, <c>length</c>; null if they are in this one.
    /// </summary>
    public Dictionary<string, string>? External { get; private set; }

    public static TensorMessage Read(WireReader reader)
    {
        var tensor = new TensorMessage();
        var entries = new Dictionary<string, string>();
        var isExternal = false;
        ByteRange? raw = null;
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 1: reader.Integers(tensor._shape); break;
                case 2: tensor.Type = (ElementType)reader.Integer(); break;
                case 4: tensor.Parts.Add(reader.Numbers(sizeof(float))); break;
                case 5 or 7 or 11: reader.Integers(tensor.Integers); break;
                case 8: tensor.Name = reader.Text(); break;
                case 9:
                    reader.RequireNone(raw);
                    raw = reader.Bytes();
                    break;
                case 10: tensor.Parts.Add(reader.Numbers(sizeof(double))); break;
                case 13:
                    var (key, value) = reader.Message(TextPair.Read);
                    entries[key] = value;
                    break;
                case 14: isExternal = reader.Integer() != 0; break;
            }
        }

        if (raw is not null && (tensor.Parts.Count > 0 || tensor.Integers.Count > 0))
            throw new OnnxException($"tensor '{tensor.Name}' has its values twice.");
        if (raw is not null)
            tensor.Parts.Add(raw);
        tensor.External = isExternal ? entries : null;
        return tensor;
    }
}
