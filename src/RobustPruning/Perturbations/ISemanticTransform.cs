using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// A change of the scene that moves an image x₀ to h(x₀, θ), before the camera clips it; θ = 0 is no change. Where h is affine in θ,
/// derive from <see cref="AffineTransform"/>; implement this interface for what is not. Implementations are immutable.
/// </summary>
public interface ISemanticTransform
{
    /// <summary>The transform's parameters with their ranges, in order; at least one.</summary>
    IReadOnlyList<ParameterRange> Parameters { get; }

    /// <summary>The moves h(x₀, θ) − x₀. Differentiable in the image and in θ.</summary>
    /// <param name="image">The clean image x₀ in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="theta">One θ a row, <c>[N, d]</c>, of the image's type and device.</param>
    /// <returns><c>[N, C, H, W]</c>; the caller owns it.</returns>
    Tensor Move(Tensor image, Tensor theta);

    /// <summary>The moves of images by a θ each. One by one unless overridden.</summary>
    /// <param name="images">Clean images in [0, 1], <c>[N, C, H, W]</c>.</param>
    /// <param name="theta">A θ for each, <c>[N, d]</c>, of the images' type and device.</param>
    /// <returns><c>[N, C, H, W]</c>; the caller owns it.</returns>
    Tensor MoveEach(Tensor images, Tensor theta) => MoveOneByOne(this, images, theta);

    /// <summary>Encloses the moves over boxes of parameters.</summary>
    /// <param name="image">The clean image x₀ in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="boxes">The boxes, each of this transform's dimension; at least one.</param>
    /// <returns>For each box an enclosure of the real moves; the caller owns it.</returns>
    EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes);

    /// <summary>
    /// Whether any θ of a box is meant: parameters may be tied together, as the weights of a mixture are. True unless overridden.
    /// </summary>
    /// <param name="box">A box of this transform's dimension.</param>
    bool IsAdmissible(ParameterBox box) => true;

    /// <summary>A θ that is meant, near the given one, and the same one if it is. The same one unless overridden.</summary>
    /// <param name="theta">The parameter values, of length d; not changed.</param>
    double[] Project(double[] theta) => theta;

    /// <summary>What <see cref="MoveEach"/> does for a transform that moves one image at a time.</summary>
    internal static Tensor MoveOneByOne(ISemanticTransform transform, Tensor images, Tensor theta)
    {
        using var scope = NewDisposeScope();
        var moves = Enumerable.Range(0, (int)images.shape[0]).Select(n => transform.Move(images[n], theta.narrow(0, n, 1))).ToArray();
        return cat(moves, 0).MoveToOuterDisposeScope();
    }
}
