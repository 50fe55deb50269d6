namespace TorchSharp;

/// <summary>
/// Owns the tensors that are created while it is the innermost scope of its thread, and disposes them in the end.
/// It takes in nothing else, although its members are declared for any disposable.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    // By reference: tensors compare by value. It is its own lock, since another thread may dispose what is in it.
    private readonly HashSet<IDisposable> owned = new(ReferenceEqualityComparer.Instance);
    private volatile bool closed;

    internal DisposeScope(DisposeScope outer) => Outer = outer;

    internal DisposeScope Outer { get; }

    internal bool IsOpen => !closed;

    public int DisposablesCount
    {
        get { lock (owned) return owned.Count; }
    }

    public IReadOnlyList<IDisposable> DisposablesView
    {
        get { lock (owned) return owned.ToArray(); }
    }

    public bool Contains(IDisposable disposable)
    {
        lock (owned) return owned.Contains(disposable);
    }

    public void Attach(IDisposable disposable)
    {
        if (disposable is not torch.Tensor tensor) throw new InvalidOperationException("A dispose scope can only own tensors.");
        tensor.OwningDisposeScope?.Release(tensor);
        tensor.OwningDisposeScope = this;
        Add(tensor);
    }

    public void Attach(params IDisposable[] disposables) => ((IEnumerable<IDisposable>)disposables).ToList().ForEach(Attach);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var all = disposables.ToList();
        all.ForEach(Attach);
        return all;
    }

    /// <summary>Takes something out of this scope: whoever asks has to dispose it.</summary>
    public T Detach<T>(T disposable) where T : IDisposable
    {
        Move(disposable, null);
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable where T2 : IDisposable
        => (Detach(first), Detach(second));

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
        => (Detach(first), Detach(second), Detach(third));

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables) Move(disposable, null);
    }

    /// <summary>Moves something to the scope around this one; without one it is detached.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        Move(disposable, OpenOuter);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable where T2 : IDisposable
        => (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
        => (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables) Move(disposable, OpenOuter);
    }

    public T MoveToOther<T>(DisposeScope scope, T disposable) where T : IDisposable
    {
        Move(disposable, scope);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope scope, T1 first, T2 second)
        where T1 : IDisposable where T2 : IDisposable
        => (MoveToOther(scope, first), MoveToOther(scope, second));

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope scope, T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
        => (MoveToOther(scope, first), MoveToOther(scope, second), MoveToOther(scope, third));

    public void MoveToOther(DisposeScope scope, params IDisposable[] disposables)
        => MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope scope, IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables) Move(disposable, scope);
    }

    /// <summary>Disposes all that is in this scope now; the scope stays open.</summary>
    public void DisposeEverything() => DisposeEverythingBut(Enumerable.Empty<IDisposable>());

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        IDisposable[] doomed;
        lock (owned) doomed = owned.Where(item => !keep.Contains(item)).ToArray();
        foreach (var disposable in doomed)
        {
            Release(disposable);
            if (disposable is torch.Tensor tensor) tensor.OwningDisposeScope = null;
            disposable.Dispose();
        }
    }

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut([first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut([first, second, third]);
        return (first, second, third);
    }

    /// <summary>Tells the scope that something in it was disposed elsewhere.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        Release(disposable);
        if (disposable is torch.Tensor tensor) tensor.OwningDisposeScope = null;
    }

    /// <summary>Disposes all that is in this scope and closes it.</summary>
    public void Dispose()
    {
        lock (owned)
        {
            if (closed) return;
            closed = true;
        }
        DisposeEverything();
    }

    /// <summary>A new tensor: no scope owns it yet.</summary>
    internal void AddNew(torch.Tensor tensor)
    {
        tensor.OwningDisposeScope = this;
        lock (owned) owned.Add(tensor);
    }

    internal void Release(IDisposable disposable)
    {
        lock (owned) owned.Remove(disposable);
    }

    // The nearest scope outside that is still open: scopes need not be closed in order.
    private DisposeScope OpenOuter
    {
        get
        {
            var scope = Outer;
            while (scope is { IsOpen: false }) scope = scope.Outer;
            return scope;
        }
    }

    private void Add(IDisposable disposable)
    {
        lock (owned)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            owned.Add(disposable);
        }
    }

    private void Move(IDisposable disposable, DisposeScope target)
    {
        if (disposable is null) return;
        Release(disposable);
        if (disposable is torch.Tensor tensor)
        {
            if (tensor.OwningDisposeScope == this) tensor.OwningDisposeScope = null;
            if (tensor.IsInvalid) return;
        }
        target?.Attach(disposable);
    }
}
