namespace RobustPruning.Pruning;

/// <summary>One layer of a network.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Channels">Channels of its value.</param>
/// <param name="Parameters">Its trainable parameters.</param>
/// <param name="Macs">Its multiply-accumulate operations for one image.</param>
/// <param name="Neurons">Neurons of its value for one image.</param>
/// <param name="UnstableShare">
/// The share of its neurons that are unstable, the mean over images, in [0, 1]: lower &lt; 0 &lt; upper over the perturbation set. Null where its
/// value is no pre-activation, or no images were given.
/// </param>
public sealed record LayerSummary(string Name, long Channels, long Parameters, long Macs, long Neurons, double? UnstableShare = null);
