using System.Runtime.InteropServices;

namespace RobustPruning.Training;

/// <summary>How libtorch gets the memory of large tensors from Linux.</summary>
public static partial class TensorMemory
{
    // libtorch reads it when the first tensor is made.
    private const string Switch = "THP_MEM_ALLOC_ENABLE";

    /// <summary>
    /// Lets libtorch ask for huge pages of 2 MiB. malloc maps and unmaps each large tensor, and the kernel clears every page of it at every
    /// training step: with pages of 4 KiB that is up to half of the processor time of a wide network. The setting holds for the whole process.
    /// Call it first in a program that trains, before the first tensor is made: later it does nothing.
    /// </summary>
    /// <returns>
    /// Whether the setting is in place: false on other systems than Linux. A value that the environment variable <c>THP_MEM_ALLOC_ENABLE</c>
    /// had before stays as it was.
    /// </returns>
    public static bool UseHugePages() => OperatingSystem.IsLinux() && SetEnvironment(Switch, "1", 0) == 0;

    // .NET's own copy of the environment is not what native code reads.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
