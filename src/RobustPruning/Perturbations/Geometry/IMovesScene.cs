using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>A transform that moves what is seen, so that the true positions of keypoints move too.</summary>
internal interface IMovesScene : ISemanticTransform
{
    /// <summary>How far a position may move over a box, rounded outwards.</summary>
    /// <param name="box">A box of the transform's own parameters.</param>
    /// <param name="x">The position in the clean image.</param>
    /// <param name="y">The position in the clean image.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    (OutwardInterval X, OutwardInterval Y) Displacement(ParameterBox box, double x, double y, int height, int width);

    /// <summary>How far positions move; differentiable in θ.</summary>
    /// <param name="theta">θ of the transform's own parameters, <c>[N, d]</c>, in 64-bit numbers.</param>
    /// <param name="positions">x₀, y₀, x₁, y₁, ..., <c>[N, 2K]</c> or <c>[1, 2K]</c> for all, in 64-bit numbers; finite.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    /// <returns><c>[N, 2K]</c>; the caller owns it.</returns>
    Tensor Displacements(Tensor theta, Tensor positions, int height, int width);
}
