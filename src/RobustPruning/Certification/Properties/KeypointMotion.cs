using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>How true positions move with a scene that an affine warp moves: what was at p is at <c>c + t + (1 + s) R(φ) K(k) (p − c)</c>.</summary>
/// <param name="Kinds">What the warp's parameters are, in order.</param>
/// <param name="First">The index of its first parameter in θ.</param>
/// <param name="Height">The image's height.</param>
/// <param name="Width">The image's width.</param>
internal sealed record KeypointMotion(IReadOnlyList<WarpParameter> Kinds, int First, int Height, int Width)
{
    /// <summary>The motion of the one warp in a set; null if there is none.</summary>
    /// <exception cref="ArgumentException">There are several.</exception>
    public static KeypointMotion? Of(SemanticSet set, int height, int width)
    {
        KeypointMotion? found = null;
        var first = 0;
        foreach (var transform in set.Transforms)
        {
            if (transform is AffineWarp warp)
                found = found is null ? new([.. warp.Kinds], first, height, width) : throw new ArgumentException("Several warps are added up in this set: where they move a keypoint is not defined.", nameof(set));
            first += transform.Parameters.Count;
        }

        return found;
    }

    /// <summary>The motion of the set's warp for images of a network; null if there is no warp.</summary>
    public static KeypointMotion? Of(SemanticSet set, Graph network) => set.Transforms.Any(transform => transform is AffineWarp) && network.Input.Shape.Count == 3
        ? Of(set, (int)network.Input.Shape[1], (int)network.Input.Shape[2])
        : null;

    /// <summary>How far a position moves at one θ; nowhere where it is not known.</summary>
    public (double X, double Y) At(IReadOnlyList<double> theta, double x, double y)
    {
        var (moveX, moveY) = Enclose(new ParameterBox(theta, theta), x, y);
        return ((moveX.Lower + moveX.Upper) / 2, (moveY.Lower + moveY.Upper) / 2);
    }

    /// <summary>How far a position may move over a box, rounded outwards; nowhere where it is not known.</summary>
    public (OutwardInterval X, OutwardInterval Y) Enclose(ParameterBox box, double x, double y)
    {
        if (double.IsNaN(x) || double.IsNaN(y))
            return (0, 0);
        var angle = Of(WarpParameter.Rotation) * OutwardInterval.Radian;
        OutwardInterval fromX = (OutwardInterval)x - ((Width - 1) / 2.0), fromY = (OutwardInterval)y - ((Height - 1) / 2.0);
        OutwardInterval slanted = fromX + (Of(WarpParameter.Shear) * fromY), sine = angle.Sine(), cosine = angle.Cosine(), grown = Of(WarpParameter.Scale) + 1;
        return (
            (grown * ((cosine * slanted) - (sine * fromY))) + Of(WarpParameter.TranslationX) - fromX,
            (grown * ((sine * slanted) + (cosine * fromY))) + Of(WarpParameter.TranslationY) - fromY);

        OutwardInterval Of(WarpParameter kind) => IndexOf(kind) is >= 0 and var k ? new OutwardInterval(box.Lower[k], box.Upper[k]) : 0;
    }

    /// <summary>How far positions move, differentiable in θ.</summary>
    /// <param name="theta">Rows of θ, <c>[N, d]</c>.</param>
    /// <param name="reference">The positions <c>[2K]</c>, NaN where not known.</param>
    /// <returns><c>[N, 2K]</c>, of θ's type; the caller owns it.</returns>
    public Tensor Of(Tensor theta, IReadOnlyList<double> reference)
    {
        using var scope = NewDisposeScope();
        var wide = theta.to(float64);
        var known = reference.Chunk(2).Select(place => place.Any(double.IsNaN) ? [(Width - 1) / 2.0, (Height - 1) / 2.0] : place).ToList();
        Tensor fromX = Row(place => place[0] - ((Width - 1) / 2.0)), fromY = Row(place => place[1] - ((Height - 1) / 2.0));
        Tensor angle = Of(WarpParameter.Rotation) * Scalars.Of(Math.PI / 180), sine = angle.sin(), cosine = angle.cos(), slanted = fromX + (Of(WarpParameter.Shear) * fromY);
        var grown = Of(WarpParameter.Scale) + Scalars.Of(1);
        var x = (grown * ((cosine * slanted) - (sine * fromY))) + Of(WarpParameter.TranslationX) - fromX;
        var y = (grown * ((sine * slanted) + (cosine * fromY))) + Of(WarpParameter.TranslationY) - fromY;
        return stack([x, y], 2).flatten(1).to(theta.dtype).MoveToOuterDisposeScope();

        Tensor Row(Func<double[], double> number) => tensor(known.Select(number).ToArray(), [1, known.Count], dtype: float64, device: theta.device);

        Tensor Of(WarpParameter kind) => IndexOf(kind) is >= 0 and var k ? wide.narrow(1, k, 1) : zeros(theta.shape[0], 1, dtype: float64, device: theta.device);
    }

    /// <summary>Refuses a set in which this is not the warp, and images of another size.</summary>
    public void Require(SemanticSet set, IReadOnlyList<long> image)
    {
        if (Of(set, Height, Width) != this)
            throw new ArgumentException($"The keypoints move with another set than '{set}'.", nameof(set));
        if (image.Count != 3 || image[1] != Height || image[2] != Width)
            throw new ArgumentException($"The keypoints move in images of {Width}x{Height}, but this one is [{string.Join(", ", image)}].", nameof(image));
    }

    public bool Equals(KeypointMotion? other) => other is not null && Kinds.SequenceEqual(other.Kinds) && (First, Height, Width) == (other.First, other.Height, other.Width);

    public override int GetHashCode() => HashCode.Combine(Kinds.Count, First, Height, Width);

    private int IndexOf(WarpParameter kind) => Kinds.Index().Where(entry => entry.Item == kind).Select(entry => First + entry.Index).FirstOrDefault(-1);
}
