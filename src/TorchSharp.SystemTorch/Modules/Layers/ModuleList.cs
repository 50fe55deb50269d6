using System.Collections;

namespace TorchSharp.Modules;

using static torch;

/// <summary>A list of modules that are registered under their positions.</summary>
public class ModuleList<T> : nn.Module, IList<T>
    where T : nn.Module
{
    private readonly List<T> items = [];
    private bool registered;

    public ModuleList(params T[] modules)
        : base(nameof(ModuleList<T>))
    {
        extend(modules);
    }

    public int Count => items.Count;

    public bool IsReadOnly => false;

    public T this[int index]
    {
        get => items[index];
        set => items[index] = value;
    }

    public void append(params T[] parameters) => extend(parameters);

    public void extend(IEnumerable<T> modules) => items.AddRange(modules);

    public void Add(T item) => items.Add(item);

    public void Insert(int index, T item) => items.Insert(index, item);

    public bool Remove(T item) => items.Remove(item);

    public void RemoveAt(int index) => items.RemoveAt(index);

    public void Clear() => items.Clear();

    public bool Contains(T item) => items.Contains(item);

    public int IndexOf(T item) => items.IndexOf(item);

    public void CopyTo(T[] array, int arrayIndex) => items.CopyTo(array, arrayIndex);

    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Happens once, when this list becomes part of a module: what is added later is not registered.</summary>
    protected override void RegisterComponents()
    {
        if (!registered)
        {
            registered = true;
            for (var i = 0; i < items.Count; i++)
            {
                register_module(i.ToString(System.Globalization.CultureInfo.InvariantCulture), items[i]);
            }
        }
    }
}
