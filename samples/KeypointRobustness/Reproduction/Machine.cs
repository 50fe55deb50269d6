using System.Runtime.InteropServices;

namespace KeypointRobustness.Reproduction;

/// <summary>Where something was measured.</summary>
/// <param name="Cores">Processors that the process may use.</param>
/// <param name="System">The operating system.</param>
/// <param name="Architecture">The processors' kind.</param>
internal sealed record Machine(int Cores, string System, string Architecture)
{
    /// <summary>This machine.</summary>
    public static Machine This { get; } =
        new(Environment.ProcessorCount, RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture.ToString());

    public override string ToString() => $"{Cores} cores, {Architecture}, {System}";
}
