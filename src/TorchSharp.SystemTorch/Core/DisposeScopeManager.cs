namespace TorchSharp;

/// <summary>Knows the innermost open dispose scope of each thread.</summary>
internal static class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScope innermost;

    internal static DisposeScope Current
    {
        get
        {
            // Scopes need not be closed in order, nor on the thread that opened them.
            while (innermost is { IsOpen: false }) innermost = innermost.Outer;
            return innermost;
        }
    }

    internal static DisposeScope Open() => innermost = new DisposeScope(Current);
}
