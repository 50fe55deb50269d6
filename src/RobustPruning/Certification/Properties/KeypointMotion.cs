using System.Text.Json.Serialization;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>How true positions move with a scene that a warp or a camera's motion moves.</summary>
/// <param name="Kinds">What an affine warp's parameters are, in order; none of a camera's motion.</param>
/// <param name="First">The index of its first parameter in θ.</param>
/// <param name="Height">The image's height.</param>
/// <param name="Width">The image's width.</param>
/// <param name="Camera">The camera's motion; null for a warp.</param>
internal sealed record KeypointMotion(
    IReadOnlyList<WarpParameter> Kinds, int First, int Height, int Width,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CameraMotionDescription? Camera = null)
{
    private IMovesScene? _scene;

    /// <summary>What moves the scene; its ranges do not count.</summary>
    private IMovesScene Scene => _scene ??= Camera is null
        ? new AffineWarp(Kinds, new ParameterBox(new double[Kinds.Count], new double[Kinds.Count]), WarpEdges.Border)
        : (IMovesScene)Camera.Restore(new ParameterBox([0], [0]));

    /// <summary>The motion of the one transform in a set that moves the scene; null if there is none.</summary>
    /// <exception cref="ArgumentException">There are several.</exception>
    public static KeypointMotion? Of(SemanticSet set, int height, int width)
    {
        KeypointMotion? found = null;
        var first = 0;
        foreach (var transform in set.Transforms)
        {
            if (transform is IMovesScene scene)
            {
                found =
                    found is not null
                        ? throw new ArgumentException(
                            "Several transforms of this set move the scene: where they move a keypoint is not defined.",
                            nameof(set))
                    : scene is AffineWarp warp ? new([.. warp.Kinds], first, height, width)
                    : new([], first, height, width, (CameraMotionDescription)TransformDescription.Of(scene));
            }

            first += transform.Parameters.Count;
        }

        return found;
    }

    /// <summary>The motion of a set for images of a network; null if nothing moves the scene.</summary>
    public static KeypointMotion? Of(SemanticSet set, Graph network) =>
        set.Transforms.Any(transform => transform is IMovesScene) && network.Input.Shape.Count == 3
            ? Of(set, (int)network.Input.Shape[1], (int)network.Input.Shape[2])
            : null;

    /// <summary>How far a position moves at one θ; nowhere where it is not known.</summary>
    public (double X, double Y) At(IReadOnlyList<double> theta, double x, double y)
    {
        var (moveX, moveY) = Enclose(new ParameterBox(theta, theta), x, y);
        return ((moveX.Lower + moveX.Upper) / 2, (moveY.Lower + moveY.Upper) / 2);
    }

    /// <summary>How far a position may move over a box, rounded outwards; nowhere where it is not known.</summary>
    public (OutwardInterval X, OutwardInterval Y) Enclose(ParameterBox box, double x, double y) => double.IsNaN(x) || double.IsNaN(y)
        ? (0, 0)
        : Scene.Displacement(box.Part(First, Scene.Parameters.Count), x, y, Height, Width);

    /// <summary>How far positions move, differentiable in θ.</summary>
    /// <param name="theta">Rows of θ, <c>[N, d]</c>.</param>
    /// <param name="reference">The positions <c>[2K]</c>, NaN where not known.</param>
    /// <returns><c>[N, 2K]</c>, of θ's type; the caller owns it.</returns>
    public Tensor Of(Tensor theta, IReadOnlyList<double> reference)
    {
        using var scope = NewDisposeScope();
        return Of(theta, tensor(reference.ToArray(), [1, reference.Count], dtype: float64, device: theta.device)).MoveToOuterDisposeScope();
    }

    /// <summary>The same for positions of their own for each θ.</summary>
    /// <param name="theta">Rows of θ, <c>[N, d]</c>.</param>
    /// <param name="positions">The positions, <c>[N, 2K]</c> or <c>[1, 2K]</c> for all, NaN where not known.</param>
    /// <returns><c>[N, 2K]</c>, of θ's type; the caller owns it.</returns>
    public Tensor Of(Tensor theta, Tensor positions)
    {
        using var scope = NewDisposeScope();

        // Where a position is not known, the image's middle stands in.
        var middle = tensor(new[] { (Width - 1) / 2.0, (Height - 1) / 2.0 }, device: theta.device).repeat(positions.shape[1] / 2);
        var unknown = positions
            .isnan()
            .reshape(positions.shape[0], -1, 2)
            .any(2, keepdim: true)
            .expand(positions.shape[0], positions.shape[1] / 2, 2)
            .flatten(1);
        var known = where(unknown, middle, positions.detach().to(float64));
        return Scene
            .Displacements(theta.to(float64).narrow(1, First, Scene.Parameters.Count), known, Height, Width)
            .to(theta.dtype)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Refuses a set in which this is not what moves the scene, and images of another size.</summary>
    public void Require(SemanticSet set, IReadOnlyList<long> image)
    {
        if (Of(set, Height, Width) != this)
            throw new ArgumentException($"The keypoints move with another set than '{set}'.", nameof(set));
        if (image.Count != 3 || image[1] != Height || image[2] != Width)
            throw new ArgumentException(
                $"The keypoints move in images of {Width}x{Height}, but this one is [{string.Join(", ", image)}].",
                nameof(image));
    }

    public bool Equals(KeypointMotion? other) => other is not null && Kinds.SequenceEqual(other.Kinds)
        && (First, Height, Width) == (other.First, other.Height, other.Width) && Equals(Camera, other.Camera);

    public override int GetHashCode() => HashCode.Combine(Kinds.Count, First, Height, Width);
}
