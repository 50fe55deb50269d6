namespace RobustPruning.Gpu;

/// <summary>Which GPU to open, and how much of its memory to take.</summary>
public sealed record GpuDeviceOptions
{
    /// <summary>The GPU's number among <see cref="GpuDevice.Names"/>. Default 0, at least 0.</summary>
    public int Index { get; init; }

    /// <summary>The most bytes of its memory that bounds may take. Default null: nine tenths of it. Positive.</summary>
    public long? MemoryLimit { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Index);
        if (MemoryLimit is { } bytes)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes, nameof(MemoryLimit));
    }
}
