using System.Runtime.InteropServices;
using RobustPruning.Onnx.Wire;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Constants;

/// <summary>A constant whose values stay in their file until they are read, straight into the tensor that wants them.</summary>
internal sealed class StoredConstant : ConstantValue
{
    // A tensor's bytes are one span.
    private const long MostBytes = int.MaxValue;

    private readonly TensorMessage _tensor;
    private readonly IReadOnlyList<ByteRange> _parts;

    private StoredConstant(TensorMessage tensor, IReadOnlyList<ByteRange> parts)
        : base(tensor.Shape, StoredType.IsWhole(tensor.Type)) => (_tensor, _parts) = (tensor, parts);

    /// <summary>The constant that a tensor of a model is.</summary>
    /// <exception cref="OnnxException">Its type is not supported, or the file holds fewer or more values than its shape has.</exception>
    public static StoredConstant Of(TensorMessage tensor, ExternalFiles files)
    {
        var size = StoredType.Size(tensor.Type)
            ?? throw new OnnxException($"tensor '{tensor.Name}' has values of type {tensor.Type}, which is not supported.")
                { Name = tensor.Name, Value = tensor.Type };
        var parts = tensor.External is { } entries ? [files.Find(tensor.Name, entries)] : tensor.Parts;
        var count = Sizes.Count(tensor.Shape)
            ?? throw new OnnxException($"tensor '{tensor.Name}' has the impossible shape [{string.Join(", ", tensor.Shape)}].")
                { Name = tensor.Name, Value = tensor.Shape };
        var held = parts.Count > 0 || tensor.Integers.Count == 0 ? parts.Sum(part => part.Length) : tensor.Integers.Count * size;
        if (held != (double)count * size)
        {
            throw new OnnxException(
                $"tensor '{tensor.Name}' has {held} bytes of values, but its shape [{string.Join(", ", tensor.Shape)}] and type "
                    + $"{tensor.Type} need {(double)count * size}.")
            {
                Name = tensor.Name,
                Value = held,
            };
        }

        if (held > MostBytes)
            throw new OnnxException($"tensor '{tensor.Name}' has {held} bytes of values; at most {MostBytes} are supported.")
                { Name = tensor.Name, Value = held };
        return new StoredConstant(tensor, parts);
    }

    public override Tensor Read()
    {
        using var scope = NewDisposeScope();
        return Stored().to(Type).MoveToOuterDisposeScope();
    }

    public override void CopyTo(Tensor target)
    {
        if (_tensor.Type == ElementType.Float && target.dtype == float32 && target.is_contiguous())
            Fill(target);
        else
            base.CopyTo(target);
    }

    private Tensor Stored()
    {
        if (_parts.Count == 0 && _tensor.Integers.Count > 0)
            return StoredType.Decode(_tensor.Type, _tensor.Integers).reshape([.. Shape]);
        var values = empty([.. Shape], dtype: StoredType.Of(_tensor.Type));
        Fill(values);
        return values;
    }

    private void Fill(Tensor target)
    {
        var bytes = target.bytes;
        foreach (var part in _parts)
        {
            part.Source.Read(part.Offset, bytes[..(int)part.Length]);
            bytes = bytes[(int)part.Length..];
        }
    }
}
