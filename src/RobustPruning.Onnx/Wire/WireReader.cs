using Google.Protobuf;

namespace RobustPruning.Onnx.Wire;

/// <summary>
/// Reads protobuf messages field by field. Nothing is allocated before the file is known to hold that many bytes, and what nobody asks for
/// is skipped.
/// </summary>
internal sealed class WireReader : IDisposable
{
    private readonly ByteSource _source;
    private CodedInputStream _input;
    private long _end;
    private uint _tag;
    private bool _isPending;

    /// <summary>Starts at the beginning of a file, which is one message.</summary>
    public WireReader(ByteSource source)
    {
        _source = source;
        _input = new CodedInputStream(source.From(0));
        _end = source.Length;
    }

    private long Position => _input.Position;

    /// <summary>
    /// The numbers of the current message's fields, in the order of the file; each is to be read before the next, or is skipped.
    /// </summary>
    public IEnumerable<int> Fields()
    {
        var end = _end;
        while (Position < end)
        {
            _tag = _input.ReadTag();
            _isPending = true;
            yield return WireFormat.GetTagFieldNumber(_tag);
            if (_isPending)
                Skip();
            if (Position > end)
                throw Damaged();
        }
    }

    /// <summary>The message in the current field.</summary>
    public T Message<T>(Func<WireReader, T> read)
    {
        var (length, outer) = (Length(), _end);
        _end = Position + length;
        var message = read(this);
        _end = outer;
        _isPending = false;
        return message;
    }

    /// <summary>The message in the current field, which may be there once: what two together mean is the same for no two readers.</summary>
    /// <param name="before">What has been read of this field, or null.</param>
    /// <param name="read">Reads it.</param>
    public T Only<T>(T? before, Func<WireReader, T> read)
        where T : class
    {
        RequireNone(before);
        return Message(read);
    }

    /// <summary>Refuses a field that may be there once.</summary>
    public void RequireNone(object? before)
    {
        if (before is not null)
            throw new OnnxException($"it holds a part twice that may be there once (at byte {Position}).") { Path = _source.Path };
    }

    /// <summary>The text in the current field.</summary>
    public string Text()
    {
        Take(WireFormat.WireType.LengthDelimited);
        return _input.ReadString();
    }

    /// <summary>Where the bytes in the current field are.</summary>
    public ByteRange Bytes()
    {
        var range = new ByteRange(_source, 0, Length());
        range = range with { Offset = Position };

        // The coded stream knows no seeking: one is begun behind the bytes.
        _input.Dispose();
        _input = new CodedInputStream(_source.From(range.Offset + range.Length));
        return range;
    }

    /// <summary>The whole number in the current field.</summary>
    public long Integer()
    {
        Take(WireFormat.WireType.Varint);
        return _input.ReadInt64();
    }

    /// <summary>The 32-bit floating point number in the current field.</summary>
    public float Float()
    {
        Take(WireFormat.WireType.Fixed32);
        return _input.ReadFloat();
    }

    /// <summary>One or more whole numbers in the current field, appended.</summary>
    public void Integers(List<long> into)
    {
        if (!IsPacked)
        {
            into.Add(Integer());
            return;
        }

        var end = Length() + Position;
        while (Position < end)
            into.Add(_input.ReadInt64());
        if (Position > end)
            throw Damaged();
    }

    /// <summary>One or more floating point numbers in the current field, appended.</summary>
    public void Floats(List<float> into)
    {
        if (!IsPacked)
        {
            into.Add(Float());
            return;
        }

        var end = Length() + Position;
        while (Position < end)
            into.Add(_input.ReadFloat());
        if (Position > end)
            throw Damaged();
    }

    /// <summary>Where one or more numbers of a fixed size in the current field are.</summary>
    public ByteRange Numbers(int size)
    {
        if (IsPacked)
            return Bytes();
        Take(size == sizeof(float) ? WireFormat.WireType.Fixed32 : WireFormat.WireType.Fixed64);
        var range = new ByteRange(_source, Position, size);
        if (size == sizeof(float))
            _input.ReadFixed32();
        else
            _input.ReadFixed64();
        return range;
    }

    /// <inheritdoc/>
    public void Dispose() => _input.Dispose();

    private bool IsPacked => WireFormat.GetTagWireType(_tag) == WireFormat.WireType.LengthDelimited;

    private void Skip()
    {
        if (IsPacked)
            Bytes();
        else
            _input.SkipLastField();
    }

    private long Length()
    {
        Take(WireFormat.WireType.LengthDelimited);
        var length = _input.ReadLength();
        return length >= 0 && length <= _end - Position ? length : throw Damaged();
    }

    private void Take(WireFormat.WireType type)
    {
        if (WireFormat.GetTagWireType(_tag) != type)
            throw Damaged();
        _isPending = false;
    }

    private OnnxException Damaged() => new($"it is damaged, or no ONNX model (at byte {Position}).") { Path = _source.Path };
}
