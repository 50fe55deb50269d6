namespace RobustPruning.Perturbations;

/// <summary>
/// What a warp takes where it reaches over the edge of the image, as torch's <c>grid_sample</c> does with <c>align_corners=False</c>.
/// </summary>
public enum WarpEdges
{
    /// <summary>Black: values outside are 0, and a pixel half outside is half as bright (<c>zeros</c>).</summary>
    Zero,

    /// <summary>The nearest pixel of the image (<c>border</c>).</summary>
    Border,

    /// <summary>The image again, reflected at the outer edge of its last pixels (<c>reflection</c>).</summary>
    Reflect,
}
