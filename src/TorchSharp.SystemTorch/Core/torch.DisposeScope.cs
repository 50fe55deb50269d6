namespace TorchSharp;

public static partial class torch
{
    /// <summary>Opens a scope that owns the tensors made from here on, on this thread, until it is disposed.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.Open();

    public static DisposeScope CurrentDisposeScope => DisposeScopeManager.Current;

    /// <summary>Runs an expression in a scope of its own; only its result survives.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
