using System.Collections.Concurrent;
using System.Reflection;

namespace RobustPruning.Gpu;

/// <summary>The kernels that were compiled for a device. Thread-safe.</summary>
/// <param name="mostLanes">The most threads that share the items of a kernel.</param>
internal sealed class KernelCache(int mostLanes)
{
    private readonly ConcurrentDictionary<MethodInfo, Lazy<Delegate>> _launchers = [];

    /// <summary>The most threads that share the items of a kernel.</summary>
    public int MostLanes => mostLanes;

    /// <summary>What launches a kernel, compiled the first time.</summary>
    public TLauncher Of<TKernel, TLauncher>(TKernel kernel, MethodInfo method, Func<TKernel, TLauncher> load)
        where TLauncher : Delegate =>
        (TLauncher)_launchers.GetOrAdd(method, _ => new Lazy<Delegate>(() => load(kernel))).Value;
}
