namespace RobustPruning.Certification;

/// <summary>Bounds of a network's outputs, and how much of each is the covered rounding.</summary>
internal sealed record OutputBounds(double[] Lower, double[] Upper, double Rounding);
