using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>An enclosure that holds, whatever was stated; it takes over what was.</summary>
internal delegate EnclosedMove RecheckMove(
    ISemanticTransform transform, Tensor image, IReadOnlyList<ParameterBox> boxes, EnclosedMove stated);

/// <summary>Transforms that all move the clean image; their moves add up.</summary>
internal sealed class FirstStage(IReadOnlyList<ISemanticTransform> transforms)
{
    public IReadOnlyList<ISemanticTransform> Transforms => transforms;

    /// <summary>
    /// The sum of the moves, <c>[N, C, H, W]</c>, of one image <c>[C, H, W]</c> or each of <c>[N, C, H, W]</c>, for rows of θ whose first
    /// columns are those of this stage.
    /// </summary>
    public Tensor Move(Tensor image, Tensor theta, bool each)
    {
        using var scope = NewDisposeScope();
        long[] shape = [theta.shape[0], .. image.shape.Skip(each ? 1 : 0)];
        var sum = zeros(shape, dtype: image.dtype, device: image.device);
        var first = 0;
        foreach (var transform in transforms)
        {
            var own = theta.narrow(1, first, transform.Parameters.Count);
            var move = each ? transform.MoveEach(image, own) : transform.Move(image, own);
            RequireShape(transform, "a move", move, shape);
            sum = sum.Plus(move);
            first += transform.Parameters.Count;
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>Encloses the sum of the moves over boxes whose first sides are those of this stage.</summary>
    /// <param name="image">The clean image.</param>
    /// <param name="boxes">The boxes.</param>
    /// <param name="recheck">Proves each transform's enclosure anew; null to take it as it is.</param>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes, RecheckMove? recheck)
    {
        using var scope = NewDisposeScope();
        var centre = zeros([boxes.Count, .. image.shape], dtype: image.dtype, device: image.device);
        var generators = new List<Tensor>();
        Tensor? radius = null;
        var error = new EnclosureError(0, transforms.Count);
        var first = 0;
        foreach (var transform in transforms)
        {
            var count = transform.Parameters.Count;
            ParameterBox[] own = [.. boxes.Select(box => box.Part(first, count))];
            var stated = transform.Enclose(image, own);
            using var move = recheck is null ? stated : recheck(transform, image, own, stated);
            RequireShape(transform, "a centre", move.Centre, [boxes.Count, .. image.shape]);
            RequireShape(transform, "generators", move.Generators, [boxes.Count, count, .. image.shape]);
            centre = centre.Plus(move.Centre);
            generators.Add(move.Generators.alias());
            if (move.Radius is not null)
            {
                RequireShape(transform, "a radius", move.Radius, [boxes.Count, .. image.shape]);
                radius = radius is null ? move.Radius.alias() : radius.Plus(move.Radius);
            }

            error = error.Plus(move.Error ?? EnclosureError.OfOwn(move.Centre, move.Generators));
            first += count;
        }

        return new EnclosedMove(centre, cat(generators, 1), radius) { Error = error }.MoveOut();
    }

    private static void RequireShape(ISemanticTransform transform, string what, Tensor tensor, long[] shape)
    {
        if (!tensor.shape.SequenceEqual(shape))
            throw new ArgumentException(
                $"{transform.GetType().Name} gave {what} [{string.Join(", ", tensor.shape)}] where [{string.Join(", ", shape)}] is due.");
    }
}
