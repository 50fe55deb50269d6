namespace RobustPruning.Bounds;

/// <summary>
/// A device is not there, or it cannot do what it was asked for. The message names the device and what it lacks; nothing is computed
/// elsewhere instead.
/// </summary>
public sealed class ComputeDeviceException : RobustPruningException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <param name="inner">The error underneath, if any.</param>
    public ComputeDeviceException(string device, string problem, Exception? inner = null)
        : base($"Device '{device}': {problem}", inner) => Name = device;
}
