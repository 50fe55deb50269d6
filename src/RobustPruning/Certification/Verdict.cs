namespace RobustPruning.Certification;

/// <summary>What is known about a keypoint over a perturbation set.</summary>
public enum Verdict
{
    /// <summary>Proved to stay within the tolerance for every parameter value.</summary>
    Certified,

    /// <summary>A parameter value was found, and confirmed by a plain forward pass, that moves it beyond the tolerance.</summary>
    Falsified,

    /// <summary>Neither proved nor disproved within the budget.</summary>
    Unknown,

    /// <summary>The keypoint has no label in this image, so there is nothing to compare with.</summary>
    Unlabelled,
}
