namespace RobustPruning.Onnx.Wire;

/// <summary>A <c>NodeProto</c>: one operator and the names of the values that it reads and gives.</summary>
internal sealed class NodeMessage
{
    private string _name = string.Empty;

    /// <summary>Its name, or that of its first output where it has none.</summary>
    public string Name => _name.Length > 0 ? _name : Outputs.FirstOrDefault() ?? string.Empty;

    public string Operator { get; private set; } = string.Empty;

    public string Domain { get; private set; } = string.Empty;

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public List<AttributeMessage> Attributes { get; } = [];

    public static NodeMessage Read(WireReader reader)
    {
        var node = new NodeMessage();
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 1: node.Inputs.Add(reader.Text()); break;
                case 2: node.Outputs.Add(reader.Text()); break;
                case 3: node._name = reader.Text(); break;
                case 4: node.Operator = reader.Text(); break;
                case 5: node.Attributes.Add(reader.Message(AttributeMessage.Read)); break;
                case 7: node.Domain = reader.Text(); break;
            }
        }

        return node;
    }
}
