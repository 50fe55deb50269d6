namespace KeypointRobustness.Pictures;

/// <summary>What is known about a keypoint over all semantic parameters; decides its colour and shape in a picture.</summary>
internal enum MarkVerdict
{
    /// <summary>Proved for all parameters.</summary>
    Certified,

    /// <summary>A concrete parameter breaks it.</summary>
    Falsified,

    /// <summary>The budget was spent.</summary>
    Unknown,
}
