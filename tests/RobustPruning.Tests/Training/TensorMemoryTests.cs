using System.Runtime.InteropServices;
using RobustPruning.Training;

namespace RobustPruning.Tests.Training;

public sealed partial class TensorMemoryTests
{
    [Test]
    public void NativeCodeSeesTheSetting()
    {
        Assert.That(TensorMemory.UseHugePages(), Is.EqualTo(OperatingSystem.IsLinux()));
        if (OperatingSystem.IsLinux())
            Assert.That(Marshal.PtrToStringUTF8(GetEnvironment("THP_MEM_ALLOC_ENABLE")), Is.Not.Null.And.Not.Empty);
    }

    [DllImport("libc", EntryPoint = "getenv")]
    private static extern nint GetEnvironment([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
