namespace TorchSharp;

using static torch;

/// <summary>Conversions that give back the module they convert.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, Device device, ScalarType type, bool non_blocking = false)
        where T : nn.Module => Move(module, device, type);

    public static T to<T>(this T module, Device device, bool non_blocking = false)
        where T : nn.Module => Move(module, device, null);

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false)
        where T : nn.Module => Move(module, new Device(deviceType, deviceIndex), null);

    public static T to<T>(this T module, string device, bool non_blocking = false)
        where T : nn.Module => Move(module, new Device(device), null);

    public static T to<T>(this T module, ScalarType type, bool non_blocking = false)
        where T : nn.Module => Move(module, null, type);

    public static T to<T>(this T module, Tensor other, bool non_blocking = false)
        where T : nn.Module => Move(module, other.device, other.dtype);

    public static T cpu<T>(this T module, bool non_blocking = false)
        where T : nn.Module => Move(module, new Device(DeviceType.CPU), null);

    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false)
        where T : nn.Module => Move(module, new Device(DeviceType.CUDA, deviceIndex), null);

    public static T @double<T>(this T module, bool non_blocking = false)
        where T : nn.Module => Move(module, null, ScalarType.Float64);

    public static T @float<T>(this T module, bool non_blocking = false)
        where T : nn.Module => Move(module, null, ScalarType.Float32);

    public static T half<T>(this T module, bool non_blocking = false)
        where T : nn.Module => Move(module, null, ScalarType.Float16);

    private static T Move<T>(T module, Device device, ScalarType? type)
        where T : nn.Module
    {
        module.MoveTo(device, type);
        return module;
    }
}
