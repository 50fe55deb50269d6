namespace RobustPruning.Perturbations;

/// <summary>How a bias field changes an image.</summary>
public enum BiasFieldKind
{
    /// <summary>The field is added: <c>x + p</c>.</summary>
    Additive,

    /// <summary>The image is multiplied with it: <c>x (1 + p)</c>.</summary>
    Multiplicative,
}
