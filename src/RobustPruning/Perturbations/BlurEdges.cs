namespace RobustPruning.Perturbations;

/// <summary>What a blur takes where its kernel reaches over the edge of the image.</summary>
public enum BlurEdges
{
    /// <summary>The nearest pixel of the image, again.</summary>
    Replicate,

    /// <summary>Nothing: the weights inside the image are scaled up to a sum of 1.</summary>
    Renormalise,
}
