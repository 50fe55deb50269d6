using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// A change of the scene that is affine in its parameters: <c>h(x₀, θ) = x₀ + Σ_k θ_k D_k(x₀)</c>, before the camera clips it. Derive
/// from it and give the directions D to add a transform of your own; give <see cref="LinearPart"/> too if it is to follow others.
/// </summary>
public abstract class AffineTransform : ISemanticTransform
{
    /// <summary>Names the parameters.</summary>
    /// <param name="parameters">The parameters with their ranges, in order; at least one.</param>
    /// <exception cref="ArgumentException">There is no parameter.</exception>
    protected AffineTransform(params IReadOnlyList<ParameterRange> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters =
            parameters.Count > 0
                ? [.. parameters]
                : throw new ArgumentException("A transform needs at least one parameter.", nameof(parameters));
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

    /// <summary>
    /// How the directions change with the image; null where that is unknown or not affine, and the transform cannot follow others.
    /// </summary>
    public virtual LinearPart? LinearPart => null;

    /// <summary>
    /// The directions D_k(x₀) in which the parameters move an image. What they are in 64-bit numbers is what is certified, but for what a
    /// sum as long as the image may lose of the greatest value of image and directions.
    /// </summary>
    /// <param name="image">The clean image x₀ in [0, 1], <c>[C, H, W]</c>.</param>
    /// <returns><c>[d, C, H, W]</c>, one direction for each of <see cref="Parameters"/>; the caller owns it.</returns>
    public abstract Tensor Directions(Tensor image);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The directions or θ have a wrong shape.</exception>
    public Tensor Move(Tensor image, Tensor theta)
    {
        using var scope = NewDisposeScope();
        ParameterRows.Require(theta, Parameters.Count);
        return theta.mm(CheckedDirections(image).flatten(1)).reshape([theta.shape[0], .. image.shape]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>With a <see cref="LinearPart"/> all at once: D_k(x) is D_k of the black image plus the linear part of x.</remarks>
    /// <exception cref="ArgumentException">The directions or θ have a wrong shape.</exception>
    public Tensor MoveEach(Tensor images, Tensor theta)
    {
        ParameterRows.Require(theta, Parameters.Count);
        if (LinearPart is not { } part)
            return ISemanticTransform.MoveOneByOne(this, images, theta);
        using var scope = NewDisposeScope();
        var black = theta.mm(CheckedDirections(zeros_like(images[0])).flatten(1)).reshape(images.shape);
        return black.Plus(part.Apply(theta, images)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The directions have a wrong shape, or a box another dimension.</exception>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes)
    {
        using var scope = NewDisposeScope();
        ParameterRows.Require(boxes, Parameters.Count);
        var directions = CheckedDirections(image);
        var centre = ParameterRows.Centres(boxes, image).mm(directions.flatten(1)).reshape([boxes.Count, .. image.shape]);
        var generators =
            ParameterRows.HalfWidths(boxes, image).reshape([boxes.Count, Parameters.Count, .. image.shape.Select(_ => 1L)])
            * directions.unsqueeze(0);
        return new EnclosedMove(centre, generators)
        {
            Error = EnclosureError.OfDirections(image, directions, boxes, Terms(image.numel())),
        }.MoveOut();
    }

    /// <summary>
    /// The terms of the longest sum behind a value of the directions of an image of so many values; of a user's own, all of them.
    /// </summary>
    internal virtual long Terms(long values) => values;

    /// <inheritdoc/>
    public virtual bool IsAdmissible(ParameterBox box) => true;

    /// <inheritdoc/>
    public virtual double[] Project(double[] theta) => theta;

    /// <summary>Refuses what is no feature map, for a transform that needs channels and places.</summary>
    private protected void RequireMap(Tensor image)
    {
        if (image.dim() != 3)
            throw new ArgumentException(
                $"{GetType().Name} is of images [C, H, W], but this one is [{string.Join(", ", image.shape)}].",
                nameof(image));
    }

    private Tensor CheckedDirections(Tensor image)
    {
        var directions = Directions(image);
        return directions.shape.SequenceEqual([Parameters.Count, .. image.shape])
            ? directions
            : throw new ArgumentException(
                $"{GetType().Name} gave directions [{string.Join(", ", directions.shape)}] for {Parameters.Count} parameters of an image "
                + $"[{string.Join(", ", image.shape)}].");
    }
}
