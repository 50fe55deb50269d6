namespace RobustPruning.Onnx.Wire;

/// <summary>A <c>StringStringEntryProto</c>.</summary>
internal sealed record TextPair(string Key, string Value)
{
    public static TextPair Read(WireReader reader)
    {
        var pair = new TextPair(string.Empty, string.Empty);
        foreach (var field in reader.Fields())
        {
            switch (field)
            {
                case 1: pair = pair with { Key = reader.Text() }; break;
                case 2: pair = pair with { Value = reader.Text() }; break;
            }
        }

        return pair;
    }
}
