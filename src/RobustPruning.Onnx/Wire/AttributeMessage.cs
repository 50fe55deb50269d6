namespace RobustPruning.Onnx.Wire;

/// <summary>An <c>AttributeProto</c>. Graphs within are skipped: no operator that has any is supported.</summary>
internal sealed class AttributeMessage
{
    public string Name { get; private set; } = string.Empty;

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
                case 5: attribute.Tensor = reader.Message(TensorMessage.Read); break;
                case 7: reader.Floats(attribute.Floats); break;
                case 8: reader.Integers(attribute.Integers); break;
            }
        }

        return attribute;
    }
}
