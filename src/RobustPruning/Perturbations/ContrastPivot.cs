namespace RobustPruning.Perturbations;

/// <summary>The grey value that a change of contrast leaves as it is.</summary>
public enum ContrastPivot
{
    /// <summary>0: contrast is a gain, as when exposure changes.</summary>
    Zero,

    /// <summary>0.5, the middle of the range.</summary>
    Half,

    /// <summary>The image's own mean over all pixels and channels.</summary>
    ImageMean,
}
