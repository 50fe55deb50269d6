using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using RobustPruning.Bounds;

namespace RobustPruning.Gpu;

/// <summary>
/// A GPU to bound networks on, as the <c>Device</c> of <see cref="Certification.CertifierOptions"/> or
/// <see cref="Certification.RangeSearchOptions"/>, or of a domain by <see cref="SemanticIntervalPropagator.On"/>. It bounds in 64-bit
/// numbers, rounded outwards. Thread-safe, but dispose of it only when nothing computes on it any more.
/// </summary>
public sealed class GpuDevice : ComputeDevice, IDisposable
{
    // Of the device's memory: the driver and the display need some.
    private const double DefaultShare = 0.9;

    // Threads of a kernel for each one that the device can run at once.
    private const int Oversubscription = 8;

    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly GpuEngine _engine;

    // Where no developer's files are installed, as in most containers, the driver has this name alone.
    static GpuDevice()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(CudaDevice).Assembly, (library, _, _) =>
                OperatingSystem.IsLinux() && library == "cuda" && NativeLibrary.TryLoad("libcuda.so.1", out var driver)
                    ? driver : IntPtr.Zero);
        }
        catch (InvalidOperationException)
        {
            // The program has a resolver of its own.
        }
    }

    private GpuDevice(Context context, Accelerator accelerator, string name, int mostLanes, long memoryLimit)
    {
        (_context, _accelerator, Name, MemoryLimit) = (context, accelerator, name, memoryLimit);
        _engine = new GpuEngine(name, accelerator, new KernelCache(mostLanes), new DeviceMemory(memoryLimit));
    }

    /// <summary>The names of the CUDA GPUs that are there, by their index; empty if there is none or no driver.</summary>
    public static IReadOnlyList<string> Names
    {
        get
        {
            using var context = CudaContext();
            var count = context?.GetCudaDevices().Count ?? 0;
            return [.. Enumerable.Range(0, count).Select(index => context!.GetCudaDevice(index).Name)];
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>The most bytes of its memory that bounds take.</summary>
    public long MemoryLimit { get; }

    /// <summary>The bytes that are taken now: weights, and what is kept for the next box.</summary>
    public long MemoryUsed => _engine.MemoryUsed;

    /// <summary>Opens a CUDA GPU.</summary>
    /// <param name="options">Which one, and how much of its memory; the first one if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ComputeDeviceException">There is no such GPU, or it cannot be used.</exception>
    public static GpuDevice Open(GpuDeviceOptions? options = null)
    {
        options ??= new GpuDeviceOptions();
        options.Validate();
        var context = CudaContext();
        var there = context?.GetCudaDevices().Count ?? 0;
        if (context is null || options.Index >= there)
        {
            context?.Dispose();
            throw new ComputeDeviceException($"CUDA GPU {options.Index}", there == 0
                ? "there is no CUDA GPU on this machine, or no driver for it."
                : $"there are {there} CUDA GPUs on this machine, numbered from 0.") { Value = options.Index };
        }

        var device = context.GetCudaDevice(options.Index);
        try
        {
            var accelerator = device.CreateAccelerator(context);
            var memory = options.MemoryLimit ?? (long)(accelerator.MemorySize * DefaultShare);
            return new GpuDevice(context, accelerator, device.Name, Oversubscription * accelerator.MaxNumThreads, memory);
        }
        catch (Exception error) when (error is AcceleratorException or NotSupportedException or InternalCompilerException)
        {
            context.Dispose();
            throw new ComputeDeviceException(device.Name, $"it cannot be opened: {error.Message}", error) { Value = options.Index };
        }
    }

    /// <summary>The same kernels on the CPU, for tests on machines without a GPU. It is far slower than the CPU's own engine.</summary>
    /// <param name="memoryLimit">The most bytes that bounds take. Default null: 4 GiB. Positive.</param>
    /// <param name="threads">How many threads a kernel is cut into, which run one after the other; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static GpuDevice OpenEmulator(long? memoryLimit = null, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (memoryLimit is { } bytes)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes, nameof(memoryLimit));
        var context = Context.Create(builder => builder.CPU(new CPUDevice(2, 1, 1)));
        var accelerator = context.GetCPUDevice(0).CreateCPUAccelerator(context, CPUAcceleratorMode.Sequential);
        return new GpuDevice(context, accelerator, "GPU kernels on the CPU", threads, memoryLimit ?? 1L << 32);
    }

    /// <summary>Frees the device's memory. Bounds that are asked for later throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _engine.Dispose();
        _accelerator.Dispose();
        _context.Dispose();
    }

    internal override IPropagationEngine NewEngine() => _engine;

    /// <summary>A context with the CUDA GPUs; null where there is no driver.</summary>
    private static Context? CudaContext()
    {
        try
        {
            return Context.Create(builder => builder.Cuda());
        }
        catch (Exception error) when (error is AcceleratorException or DllNotFoundException or NotSupportedException
            or TypeInitializationException)
        {
            return null;
        }
    }
}
