using Google.Protobuf;

namespace RobustPruning.Onnx.Wire;

/// <summary>A <c>ModelProto</c>.</summary>
internal sealed class ModelMessage
{
    public GraphMessage Graph { get; private set; } = new();

    /// <summary>The versions of the operator sets, by domain; the standard one's is empty.</summary>
    public Dictionary<string, long> Opsets { get; } = [];

    /// <summary>Reads a file, but not the values of its tensors.</summary>
    /// <exception cref="OnnxException">It is damaged or no ONNX model.</exception>
    public static ModelMessage Read(ByteSource source)
    {
        try
        {
            using var reader = new WireReader(source);
            return Read(reader);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new OnnxException($"it is damaged, or no ONNX model. {error.Message}", error) { Path = source.Path };
        }
    }

    private static ModelMessage Read(WireReader reader)
    {
        var model = new ModelMessage();
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 7: model.Graph = reader.Message(GraphMessage.Read); break;
                case 8:
                    var (domain, version) = reader.Message(ReadOpset);
                    model.Opsets[domain == "ai.onnx" ? string.Empty : domain] = version;
                    break;
            }
        }

        return model;
    }

    private static (string Domain, long Version) ReadOpset(WireReader reader)
    {
        var (domain, version) = (string.Empty, 0L);
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 1: domain = reader.Text(); break;
                case 2: version = reader.Integer(); break;
            }
        }

        return (domain, version);
    }
}
