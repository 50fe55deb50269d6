namespace TorchSharp.Modules;

using static torch;

public sealed class Identity : ParameterLessModule<Tensor, Tensor>
{
    internal Identity()
        : base(nameof(Identity))
    {
    }

    /// <summary>A second handle to the same tensor, so that input and output can be disposed apart.</summary>
    public override Tensor forward(Tensor tensor) => tensor.alias();
}
