using Google.Protobuf;

namespace RobustPruning.Onnx.Wire;

/// <summary>A <c>ModelProto</c>.</summary>
internal sealed class ModelMessage
{
    public required GraphMessage Graph { get; init; }

    /// <summary>The versions of the operator sets, by domain; the standard one's is empty.</summary>
    public required IReadOnlyDictionary<string, long> Opsets { get; init; }

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
        GraphMessage? graph = null;
        var opsets = new Dictionary<string, long>();
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 7: graph = reader.Only(graph, GraphMessage.Read); break;
                case 8:
                    var (domain, version) = reader.Message(ReadOpset);
                    opsets[domain == "ai.onnx" ? string.Empty : domain] = version;
                    break;
            }
        }

        return new ModelMessage { Graph = graph ?? new GraphMessage(), Opsets = opsets };
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
