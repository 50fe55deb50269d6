using System.Runtime.InteropServices;
using Google.Protobuf;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Wire;

/// <summary>A protobuf message that grows field by field. Tensors are referred to, not copied, until it is written.</summary>
internal sealed class MessageWriter
{
    private readonly List<object> _parts = [];
    private MemoryStream _buffer = new();
    private long _length;

    private long Length => _length + _buffer.Length;

    /// <summary>A whole number.</summary>
    public MessageWriter Integer(int field, long value) => Add(output =>
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    });

    /// <summary>A 32-bit floating point number.</summary>
    public MessageWriter Float(int field, float value) => Add(output =>
    {
        output.WriteTag(field, WireFormat.WireType.Fixed32);
        output.WriteFloat(value);
    });

    /// <summary>A text.</summary>
    public MessageWriter Text(int field, string value) => Add(output =>
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    });

    /// <summary>Whole numbers in one field.</summary>
    public MessageWriter Integers(int field, IEnumerable<long> values) =>
        Message(field, values.Aggregate(new MessageWriter(), (packed, value) => packed.Add(output => output.WriteInt64(value))));

    /// <summary>A message within, which is complete.</summary>
    public MessageWriter Message(int field, MessageWriter message)
    {
        Begin(field, message.Length);
        return Append(message);
    }

    /// <summary>The fields of another message, which is complete.</summary>
    public MessageWriter Append(MessageWriter fields)
    {
        fields.Seal();
        Seal();
        _parts.AddRange(fields._parts);
        _length += fields._length;
        return this;
    }

    /// <summary>The bytes of whole numbers, little-endian.</summary>
    public MessageWriter Bytes(int field, IReadOnlyList<long> values) =>
        Bytes(field, MemoryMarshal.AsBytes<long>(values.ToArray()).ToArray());

    /// <summary>Bytes as they are.</summary>
    public MessageWriter Bytes(int field, byte[] bytes)
    {
        Begin(field, bytes.Length);
        return Add(bytes, bytes.Length);
    }

    /// <summary>The bytes of a tensor of 32-bit floating point numbers on the CPU, contiguous, which lives until this is written.</summary>
    public MessageWriter Floats(int field, Tensor values)
    {
        var length = values.numel() * sizeof(float);
        Begin(field, length);
        return Add(values, length);
    }

    /// <summary>Writes everything.</summary>
    public void WriteTo(Stream stream)
    {
        Seal();
        foreach (var part in _parts)
            stream.Write(part is Tensor tensor ? tensor.bytes : (byte[])part);
    }

    private void Begin(int field, long length)
    {
        if (length > int.MaxValue)
            throw new OnnxException($"a part of {length} bytes is more than an ONNX file can hold.");
        Add(output =>
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteLength((int)length);
        });
    }

    private MessageWriter Add(Action<CodedOutputStream> write)
    {
        using var output = new CodedOutputStream(_buffer, leaveOpen: true);
        write(output);
        return this;
    }

    private MessageWriter Add(object part, long length)
    {
        Seal();
        _parts.Add(part);
        _length += length;
        return this;
    }

    private void Seal()
    {
        if (_buffer.Length == 0)
            return;
        _parts.Add(_buffer.ToArray());
        _length += _buffer.Length;
        _buffer = new MemoryStream();
    }
}
