namespace RobustPruning.Onnx.Wire;

/// <summary>A <c>GraphProto</c>.</summary>
internal sealed class GraphMessage
{
    public List<NodeMessage> Nodes { get; } = [];

    public List<TensorMessage> Initializers { get; } = [];

    public List<ValueMessage> Inputs { get; } = [];

    public List<ValueMessage> Outputs { get; } = [];

    public static GraphMessage Read(WireReader reader)
    {
        var graph = new GraphMessage();
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 1: graph.Nodes.Add(reader.Message(NodeMessage.Read)); break;
                case 5: graph.Initializers.Add(reader.Message(TensorMessage.Read)); break;
                case 11: graph.Inputs.Add(reader.Message(ValueMessage.Read)); break;
                case 12: graph.Outputs.Add(reader.Message(ValueMessage.Read)); break;
                case 15: throw new OnnxException("it holds a sparse initialiser, which is not supported.");
            }
        }

        return graph;
    }
}
