using System.Globalization;

namespace RobustPruning.Pruning;

/// <summary>One layer of a network.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Channels">Channels of its value.</param>
/// <param name="Parameters">Its trainable parameters.</param>
/// <param name="Macs">Its multiply-accumulate operations for one image.</param>
/// <param name="Neurons">Neurons of its value for one image.</param>
/// <param name="UnstableShare">
/// The share of its neurons that are unstable, the mean over images, in [0, 1]: lower &lt; 0 &lt; upper over the perturbation set. Null
/// where its value is no pre-activation, or no images were given.
/// </param>
public sealed record LayerSummary(string Name, long Channels, long Parameters, long Macs, long Neurons, double? UnstableShare = null)
{
    /// <summary>For example <c>conv2: 32 channels, 4,640 parameters, 1,179,648 MACs, 12.5 % unstable</c>.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Name}: {Channels} channels, {Parameters:N0} parameters, {Macs:N0} "
            + $"MACs{(UnstableShare is { } share ? $", {100 * share:0.#} % unstable" : string.Empty)}");
}
