using ILGPU;
using ILGPU.Runtime;

namespace RobustPruning.Gpu;

/// <summary>Numbers on the device that several values may share; their memory goes back to the session with the last of these.</summary>
internal abstract class DeviceArray(DeviceSession session, long bytes)
{
    private int _owners = 1;

    /// <summary>The bytes that it occupies.</summary>
    public long Bytes => bytes;

    /// <summary>Whether no one else holds it.</summary>
    public bool IsMine => _owners == 1;

    protected void AddOwner() => _owners++;

    /// <summary>One owner needs it no more.</summary>
    public void Release()
    {
        if (--_owners == 0)
            session.TakeBack(this);
    }

    /// <summary>Hands it out once more.</summary>
    public void Revive() => _owners = 1;

    /// <summary>Frees its memory.</summary>
    public abstract void Free();
}

/// <summary>Numbers of one type.</summary>
internal sealed class DeviceArray<T>(DeviceSession session, MemoryBuffer1D<T, Stride1D.Dense> buffer)
    : DeviceArray(session, buffer.LengthInBytes)
    where T : unmanaged
{
    /// <summary>How many numbers are in use.</summary>
    public long Count { get; set; }

    /// <summary>How many find room.</summary>
    public long Capacity => buffer.Length;

    /// <summary>The numbers in use.</summary>
    public ArrayView<T> View => buffer.View.AsContiguous().SubView(0, Count);

    /// <summary>The same numbers for one more owner.</summary>
    public DeviceArray<T> Share()
    {
        AddOwner();
        return this;
    }

    public override void Free() => buffer.Dispose();
}
