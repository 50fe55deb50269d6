namespace KeypointRobustness.Reproduction;

/// <summary>The raw deviation E[Δ²] of a layer's channels when the light changes; low is good.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Channels">One value a channel.</param>
internal sealed record LayerDeviation(string Layer, IReadOnlyList<double> Channels);
