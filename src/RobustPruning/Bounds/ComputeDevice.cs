using RobustPruning.Bounds.Cpu;

namespace RobustPruning.Bounds;

/// <summary>
/// What bounds are computed on: the CPU, which is always there, or a device of another package, such as the <c>GpuDevice</c> of
/// <c>RobustPruning.Gpu</c>. Thread-safe.
/// </summary>
public abstract class ComputeDevice
{
    /// <summary>Engines are internal, so only this library's own packages have devices.</summary>
    internal ComputeDevice()
    {
    }

    /// <summary>The processor that the program runs on.</summary>
    public static ComputeDevice Cpu { get; } = new Processor();

    /// <summary>The device's name, for reports and errors.</summary>
    public abstract string Name { get; }

    /// <summary>An engine for one user; users share what the device has.</summary>
    internal abstract IPropagationEngine NewEngine();

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>The domain on this device: itself on the CPU.</summary>
    /// <exception cref="ArgumentException">The domain computes on the CPU alone.</exception>
    internal IBoundPropagator Run(IBoundPropagator propagator) => this == Cpu ? propagator
        : propagator is SemanticIntervalPropagator semantic ? semantic.On(this)
        : throw new ArgumentException($"The domain '{propagator.Name}' computes on the CPU, and not on the device '{Name}'.",
            nameof(propagator));

    private sealed class Processor : ComputeDevice
    {
        public override string Name => "CPU";

        internal override IPropagationEngine NewEngine() => new CpuEngine();
    }
}
