namespace RobustPruning.Onnx.Wire;

/// <summary>An <c>AttributeProto</c>. Graphs within are skipped: no operator that has any is supported.</summary>
internal sealed class AttributeMessage
{
    public string Name { get; private set; } = string.Empty;

    /// <summary>What the file says it is.</summary>
    public AttributeType Type { get; private set; }

    /// <summary>Whether its value is that of an attribute of a function around, which no model has.</summary>
    public bool IsReference { get; private set; }

    public float Float { get; private set; }

    public long Integer { get; private set; }

    public string Text { get; private set; } = string.Empty;

    public TensorMessage? Tensor { get; private set; }

    public List<long> Integers { get; } = [];

    public List<float> Floats { get; } = [];

    public static AttributeMessage Read(WireReader reader)
    {
        var attribute = new AttributeMessage();
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 1: attribute.Name = reader.Text(); break;
                case 2: attribute.Float = reader.Float(); break;
                case 3: attribute.Integer = reader.Integer(); break;
                case 4: attribute.Text = reader.Text(); break;
                case 5: attribute.Tensor = reader.Only(attribute.Tensor, TensorMessage.Read); break;
                case 7: reader.Floats(attribute.Floats); break;
                case 8: reader.Integers(attribute.Integers); break;
                case 20: attribute.Type = (AttributeType)reader.Integer(); break;
                case 21: attribute.IsReference = reader.Text().Length > 0; break;
            }
        }

        return attribute;
    }
}
