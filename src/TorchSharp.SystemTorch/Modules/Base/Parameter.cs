namespace TorchSharp.Modules;

using static torch;

/// <summary>
/// A leaf tensor that a module trains. It takes its values, and its place in a dispose scope, over from the tensor it is made of,
/// which is empty afterwards.
/// </summary>
public class Parameter : Tensor
{
    public Parameter(Tensor data, bool requires_grad = true)
        : base(Leaf(data, requires_grad))
    {
        if (data.OwningDisposeScope is { } scope)
        {
            scope.Attach(this);
        }
        else
        {
            DetachFromDisposeScope();
        }

        data.Dispose();
    }

    private static nint Leaf(Tensor data, bool requires_grad)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var leaf = data.detach();
        leaf.requires_grad = requires_grad;
        return NativeMethods.ts_alias(leaf.Handle);
    }
}
