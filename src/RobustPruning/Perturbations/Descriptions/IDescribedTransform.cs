namespace RobustPruning.Perturbations;

/// <summary>A transform of this library: a file can say what it is.</summary>
internal interface IDescribedTransform
{
    /// <summary>What the transform is, but for the ranges of its parameters.</summary>
    TransformDescription Describe();
}
