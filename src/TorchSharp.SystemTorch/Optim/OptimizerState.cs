namespace TorchSharp.Modules;

using static torch;

/// <summary>What an optimizer remembers about one parameter.</summary>
public abstract class OptimizerState
{
    protected OptimizerState(Parameter parameter)
    {
        Parameter = parameter;
    }

    private protected Parameter Parameter { get; }

    public abstract void Initialize(OptimizerOptions options);

    public abstract void LoadStateDict(OptimizerState source);

    public abstract void LoadStateDict(BinaryReader reader);

    public abstract void SaveStateDict(BinaryWriter writer);

    public virtual void to(Device device)
    {
    }

    private protected Tensor Zeros() => Parameter.zeros_like().DetachFromDisposeScope();

    /// <summary>Puts a copy of <paramref name="value"/>, where the parameter is, in the place of <paramref name="held"/>.</summary>
    private protected void Hold(ref Tensor held, Tensor value)
    {
        using var quiet = no_grad();
        var copy = value?.to(Parameter.dtype, Parameter.device, copy: true).DetachFromDisposeScope();
        held?.Dispose();
        held = copy;
    }

    private protected static void Move(ref Tensor held, Device device)
    {
        if (held is not null)
        {
            using var quiet = no_grad();
            var moved = held.to(device, copy: true).DetachFromDisposeScope();
            held.Dispose();
            held = moved;
        }
    }

    private protected static void Write(BinaryWriter writer, Tensor tensor)
    {
        writer.Write(tensor is not null);
        if (tensor is not null)
        {
            TensorStream.Write(writer, tensor);
        }
    }

    private protected void Read(BinaryReader reader, ref Tensor held)
    {
        using var value = reader.ReadBoolean() ? TensorStream.ReadLike(reader, Parameter, "optimizer state") : null;
        Hold(ref held, value);
    }
}
