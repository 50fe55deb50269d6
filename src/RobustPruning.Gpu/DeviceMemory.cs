namespace RobustPruning.Gpu;

/// <summary>How much of a device's memory is taken. Thread-safe.</summary>
internal sealed class DeviceMemory(long limit)
{
    private long _used;

    /// <summary>The most bytes to take.</summary>
    public long Limit => limit;

    /// <summary>The bytes taken.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Takes bytes, if there are as many.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limit)
            return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}

/// <summary>A device has less memory left than something needs.</summary>
internal sealed class DeviceMemoryException(long needed, Exception? inner = null) : Exception($"{needed} bytes are needed.", inner)
{
    /// <summary>The bytes in use and needed together.</summary>
    public long Needed => needed;
}
